// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/network.h"
#include "userspace/objects/process.h"
#include "userspace/objects/snapshot.h"

#include <span>
#include <string>
#include <vector>

namespace vitrine::networks {

/// Fills Listener::process: who of `processes` has the socket open, the oldest of several, by the
/// links of /proc/PID/fd. Those that may not be read are counted in what is returned.
[[nodiscard]] std::vector<objects::SourceError>
find_owners(std::vector<objects::Network>& networks, std::span<const objects::Process> processes,
            const std::string& proc = "/proc");

} // namespace vitrine::networks
