// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/network.h"
#include "userspace/sources/networks/dump.h"
#include "userspace/sources/networks/links.h"

#include <vector>

namespace vitrine::networks {

/// The routes of every table but the kernel's own of local addresses, in the order of the kernel.
/// `links` gives the interfaces their names.
Result<std::vector<objects::Route>> read_routes(Netlink& netlink, const std::vector<Link>& links);

} // namespace vitrine::networks
