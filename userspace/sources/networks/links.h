// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/network.h"
#include "userspace/sources/networks/dump.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitrine::networks {

/// An interface, and what the kernel says of the other end of a pair.
struct Link {
  objects::Interface interface;
  std::optional<std::uint32_t> peer_index;    ///< IFLA_LINK
  std::optional<std::int32_t> peer_namespace; ///< IFLA_LINK_NETNSID: in this one's own counting
};

/// All interfaces with their addresses, by index, of the namespace that `netlink` is in:
/// `network_namespace`, an inode.
Result<std::vector<Link>> read_links(Netlink& netlink, std::uint32_t network_namespace);

} // namespace vitrine::networks
