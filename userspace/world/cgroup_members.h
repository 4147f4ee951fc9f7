// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/cgroup.h"
#include "userspace/objects/process.h"

#include <span>

namespace vitrine::world {

/// Fills Cgroup::processes.
void count_members(std::span<objects::Cgroup> cgroups, std::span<const objects::Process> processes);

} // namespace vitrine::world
