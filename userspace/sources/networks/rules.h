// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/networks/dump.h"

#include <cstdint>

namespace vitrine::networks {

/// How many rules nftables has here, those of iptables-nft included. `netlink` is one of
/// NETLINK_NETFILTER. 0 also where the kernel has no nftables.
Result<std::uint64_t> count_nftables_rules(Netlink& netlink);

} // namespace vitrine::networks
