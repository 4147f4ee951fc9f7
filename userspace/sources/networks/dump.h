// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <libmnl/libmnl.h>

namespace vitrine::networks {

/// A netlink(7) socket of the network namespace that the thread was in when it was opened.
class Netlink {
public:
  /// `bus`: NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER.
  static Result<Netlink> open(int bus);

  /// Sends `request` and gives each message of the answer. A dump during which something changed is
  /// asked for again, a few times.
  Result<void> ask(nlmsghdr* request, const std::function<void(const nlmsghdr&)>& give);

private:
  struct Close {
    void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
  };
  explicit Netlink(mnl_socket* socket) : socket_(socket) {}
  Result<bool> receive(std::uint32_t sequence);

  std::unique_ptr<mnl_socket, Close> socket_;
  std::vector<std::byte> answer_; // messages, one behind the other
  std::uint32_t sequence_ = 0;
};

/// Calls `give(attribute)` for each attribute between two places of a message. The macros of
/// libmnl's header are C.
template<class Give>
void each_attribute_in(const void* begin, const void* end, Give&& give) {
  const auto* attribute = static_cast<const nlattr*>(begin);
  const auto left = [&] {
    return static_cast<int>(static_cast<const std::byte*>(end) -
                            reinterpret_cast<const std::byte*>(attribute));
  };
  for (; ::mnl_attr_ok(attribute, left()); attribute = ::mnl_attr_next(attribute))
    give(*attribute);
}

/// The same for the attributes behind a header of `header_bytes`.
template<class Give>
void each_attribute(const nlmsghdr& message, std::size_t header_bytes, Give&& give) {
  each_attribute_in(::mnl_nlmsg_get_payload_offset(&message, header_bytes),
                    ::mnl_nlmsg_get_payload_tail(&message), give);
}

/// The same for the attributes in another one.
template<class Give>
void each_nested(const nlattr& outer, Give&& give) {
  const auto* begin = static_cast<const std::byte*>(::mnl_attr_get_payload(&outer));
  each_attribute_in(begin, begin + ::mnl_attr_get_payload_len(&outer), give);
}

} // namespace vitrine::networks
