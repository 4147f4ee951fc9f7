// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/networks/links.h"

#include <functional>
#include <optional>
#include <vector>

namespace vitrine::networks {

/// Finds the other ends of veth pairs. `links`: those of all namespaces. `number_of(from, of)`: the
/// number by which namespace `from` knows namespace `of`, both inodes, RTM_GETNSID; nothing when it
/// knows none. The kernel leaves IFLA_LINK out when both ends have the same index.
void join_peers(std::vector<Link>& links,
                const std::function<std::optional<std::int32_t>(std::uint32_t from,
                                                                std::uint32_t of)>& number_of);

} // namespace vitrine::networks
