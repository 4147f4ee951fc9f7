// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/networks.h"

#include "userspace/sources/networks/links.h"
#include "userspace/sources/networks/listeners.h"
#include "userspace/sources/networks/peers.h"
#include "userspace/sources/networks/routes.h"
#include "userspace/sources/networks/rules.h"
#include "userspace/sources/networks/visit.h"

#include <algorithm>
#include <array>
#include <map>

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace vitrine::networks {
namespace {

/// A namespace as it was found, and the socket that stays in it.
struct Visited {
  const Door* door = nullptr;
  objects::Network network;
  std::optional<Netlink> routing;
};

Result<void> look(Visited& visited, std::vector<Link>& links) {
  auto routing = Netlink::open(NETLINK_ROUTE);
  if (!routing) return tl::unexpected(routing.error());
  auto own = read_links(*routing, visited.network.id.inode);
  if (!own) return tl::unexpected(own.error());
  auto routes = read_routes(*routing, *own);
  if (!routes) return tl::unexpected(routes.error());
  visited.network.routes = *std::move(routes);
  if (auto diagnosis = Netlink::open(NETLINK_SOCK_DIAG))
    if (auto listeners = read_listeners(*diagnosis))
      visited.network.listeners = *std::move(listeners);
  if (auto filter = Netlink::open(NETLINK_NETFILTER))
    if (auto rules = count_nftables_rules(*filter)) visited.network.nftables_rules = *rules;
  links.insert(links.end(), own->begin(), own->end());
  visited.routing.emplace(*std::move(routing));
  return {};
}

/// RTM_GETNSID: rtnetlink of the namespace is asked for its number of another.
std::optional<std::int32_t> number_of(Netlink& routing, int other) {
  std::array<std::byte, 256> buffer = {};
  nlmsghdr* request = ::mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETNSID;
  request->nlmsg_flags = NLM_F_REQUEST;
  auto* header = static_cast<rtgenmsg*>(::mnl_nlmsg_put_extra_header(request, sizeof(rtgenmsg)));
  header->rtgen_family = AF_UNSPEC;
  ::mnl_attr_put_u32(request, NETNSA_FD, static_cast<std::uint32_t>(other));
  std::optional<std::int32_t> number;
  const auto asked = routing.ask(request, [&](const nlmsghdr& message) {
    each_attribute(message, sizeof(rtgenmsg), [&](const nlattr& attribute) {
      if (::mnl_attr_get_type(&attribute) == NETNSA_NSID)
        number = static_cast<std::int32_t>(::mnl_attr_get_u32(&attribute));
    });
  });
  return asked && number != NETNSA_NSID_NOT_ASSIGNED ? number : std::nullopt;
}

} // namespace

Readings read(const std::vector<Door>& doors) {
  Readings readings;
  std::map<std::uint32_t, Visited> visited; // by inode
  std::vector<Link> links;
  std::map<int, std::uint64_t> errors;
  for (const Door& door : doors) {
    Visited& one = visited[door.id.inode];
    one.door = &door;
    one.network.id = door.id;
    if (const auto looked = visit(door.fd.get(), [&] { return look(one, links); }); !looked) {
      ++errors[looked.error().code];
      visited.erase(door.id.inode);
    }
  }
  join_peers(links, [&](std::uint32_t from, std::uint32_t of) -> std::optional<std::int32_t> {
    const auto here = visited.find(from);
    const auto there = visited.find(of);
    if (here == visited.end() || there == visited.end()) return std::nullopt;
    return number_of(*here->second.routing, there->second.door->fd.get());
  });
  for (Link& link : links)
    visited[link.interface.id.network_namespace].network.interfaces.push_back(
        std::move(link.interface));
  for (auto& [inode, one] : visited)
    readings.networks.push_back(std::move(one.network));
  for (const auto& [error, count] : errors)
    readings.errors.push_back({"netlink", errno_name(error), count});
  return readings;
}

} // namespace vitrine::networks
