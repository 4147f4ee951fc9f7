// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/kernel/mountinfo.h"
#include "userspace/objects/mount.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace vitrine::mounts {

/// The mounts that the text of a mountinfo file tells, finished as below.
Result<std::vector<objects::Mount>> mounts_of(std::uint32_t mount_namespace,
                                              std::string_view mountinfo);

/// Works out what follows from all mounts of one namespace: which of them have a parent there, are
/// covered, are files of namespaces, and what overlays are stacked of (without layers).
void finish(std::vector<objects::Mount>& mounts);

/// Leaves out the "rootfs" of the kernel's start where another root lies on it: Linux 7.3 lists it,
/// though no path leads there and no process's mountinfo has it. Before finish().
void leave_out_first_root(std::vector<objects::Mount>& mounts);

} // namespace vitrine::mounts
