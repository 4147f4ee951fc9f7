// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/listeners.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

namespace vitrine::networks {
namespace {

constexpr std::size_t kRequest = 256;
// include/net/tcp_states.h
constexpr unsigned kClose = 7;
constexpr unsigned kListen = 10;

struct Protocol {
  const char* name;
  std::uint8_t family;
  std::uint8_t protocol;
  unsigned state;
};
constexpr Protocol kProtocols[] = {{"tcp", AF_INET, IPPROTO_TCP, kListen},
                                   {"tcp6", AF_INET6, IPPROTO_TCP, kListen},
                                   {"udp", AF_INET, IPPROTO_UDP, kClose},
                                   {"udp6", AF_INET6, IPPROTO_UDP, kClose}};

objects::Listener listener_of(const inet_diag_msg& message, const Protocol& protocol) {
  objects::Listener listener;
  listener.protocol = protocol.name;
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (::inet_ntop(message.idiag_family, message.id.idiag_src, text.data(), text.size()))
    listener.address = text.data();
  listener.port = ntohs(message.id.idiag_sport);
  listener.inode = message.idiag_inode;
  return listener;
}

Result<void> add(Netlink& netlink, const Protocol& protocol,
                 std::vector<objects::Listener>& listeners) {
  std::array<std::byte, kRequest> buffer = {};
  nlmsghdr* request = ::mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* wanted = static_cast<inet_diag_req_v2*>(
      ::mnl_nlmsg_put_extra_header(request, sizeof(inet_diag_req_v2)));
  wanted->sdiag_family = protocol.family;
  wanted->sdiag_protocol = protocol.protocol;
  wanted->idiag_states = 1U << protocol.state;
  return netlink.ask(request, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        ::mnl_nlmsg_get_payload_len(&message) < sizeof(inet_diag_msg))
      return;
    listeners.push_back(listener_of(
        *static_cast<const inet_diag_msg*>(::mnl_nlmsg_get_payload(&message)), protocol));
  });
}

} // namespace

Result<std::vector<objects::Listener>> read_listeners(Netlink& netlink) {
  std::vector<objects::Listener> listeners;
  for (const Protocol& protocol : kProtocols) {
    auto added = add(netlink, protocol, listeners);
    // A kernel without IPv6, or without this family's diagnosis, has none of them.
    if (!added && added.error().code != ENOENT) return tl::unexpected(added.error());
  }
  std::ranges::sort(listeners, {}, [](const objects::Listener& one) {
    return std::tie(one.port, one.protocol, one.address, one.inode);
  });
  return listeners;
}

} // namespace vitrine::networks
