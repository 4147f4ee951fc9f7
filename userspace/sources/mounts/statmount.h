// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vitrine::mounts {

/// The mounts of all mount namespaces, by the namespace's inode, as the kernel lists them to who
/// may see them (CAP_SYS_ADMIN): no process need live there. Empty before Linux 6.15.
/// propagate_from is left out.
[[nodiscard]] std::map<std::uint32_t, std::vector<objects::Mount>>
read_statmount(const std::string& proc);

} // namespace vitrine::mounts
