// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/peers.h"

#include <map>

namespace vitrine::networks {
namespace {

bool is_veth(const Link& link) {
  return link.interface.kind == "veth";
}

std::uint32_t peer_index(const Link& link) {
  return link.peer_index.value_or(link.interface.id.index);
}

} // namespace

void join_peers(std::vector<Link>& links,
                const std::function<std::optional<std::int32_t>(std::uint32_t from,
                                                                std::uint32_t of)>& number_of) {
  std::multimap<std::uint32_t, const Link*> by_index;
  for (const Link& link : links)
    if (is_veth(link)) by_index.emplace(link.interface.id.index, &link);
  for (Link& link : links) {
    if (!is_veth(link)) continue;
    const objects::InterfaceId& own = link.interface.id;
    const auto [begin, end] = by_index.equal_range(peer_index(link));
    for (auto candidate = begin; candidate != end; ++candidate) {
      const objects::InterfaceId& other = candidate->second->interface.id;
      if (other == own || peer_index(*candidate->second) != own.index) continue;
      const bool here = other.network_namespace == own.network_namespace;
      const bool meant =
          link.peer_namespace
              ? number_of(own.network_namespace, other.network_namespace) == link.peer_namespace
              : here;
      if (meant) link.interface.peer = other;
    }
  }
}

} // namespace vitrine::networks
