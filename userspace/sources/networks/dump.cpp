// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/dump.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

namespace vitrine::networks {
namespace {

constexpr std::size_t kBuffer = std::size_t{32} << 10; // what the kernel fills at most
constexpr int kTries = 5;

} // namespace

Result<Netlink> Netlink::open(int bus) {
  mnl_socket* socket = ::mnl_socket_open2(bus, SOCK_CLOEXEC);
  if (socket == nullptr) return os_error(errno, "open a netlink socket");
  Netlink netlink(socket);
  if (::mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return os_error(errno, "bind a netlink socket");
  return netlink;
}

/// False: something changed meanwhile, and the answer may have gaps.
Result<bool> Netlink::receive(std::uint32_t sequence) {
  answer_.clear();
  std::array<std::byte, kBuffer> buffer;
  bool whole = true;
  const unsigned port = ::mnl_socket_get_portid(socket_.get());
  for (;;) {
    const ssize_t count = ::mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error(errno, "read from a netlink socket");
    int left = static_cast<int>(count);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; ::mnl_nlmsg_ok(message, left); message = ::mnl_nlmsg_next(message, &left)) {
      if (!::mnl_nlmsg_portid_ok(message, port) || !::mnl_nlmsg_seq_ok(message, sequence)) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) whole = false;
      if (message->nlmsg_type == NLMSG_DONE) return whole;
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(::mnl_nlmsg_get_payload(message));
        if (error->error != 0) return os_error(-error->error, "ask over netlink");
        return whole;
      }
      const auto* bytes = reinterpret_cast<const std::byte*>(message);
      answer_.insert(answer_.end(), bytes, bytes + NLMSG_ALIGN(message->nlmsg_len));
      if ((message->nlmsg_flags & NLM_F_MULTI) == 0) return whole;
    }
  }
}

Result<void> Netlink::ask(nlmsghdr* request, const std::function<void(const nlmsghdr&)>& give) {
  for (int attempt = 1;; ++attempt) {
    request->nlmsg_seq = ++sequence_;
    if (::mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0)
      return os_error(errno, "write to a netlink socket");
    auto whole = receive(sequence_);
    if (!whole) return tl::unexpected(whole.error());
    if (*whole || attempt == kTries) break;
  }
  int left = static_cast<int>(answer_.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(answer_.data());
  for (; ::mnl_nlmsg_ok(message, left); message = ::mnl_nlmsg_next(message, &left))
    give(*message);
  return {};
}

} // namespace vitrine::networks
