// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/network.h"
#include "userspace/sources/networks/dump.h"

#include <vector>

namespace vitrine::networks {

/// Sockets that wait: TCP in state LISTEN, UDP without a peer. Whose they are is not known here.
/// `netlink` is one of NETLINK_SOCK_DIAG.
Result<std::vector<objects::Listener>> read_listeners(Netlink& netlink);

} // namespace vitrine::networks
