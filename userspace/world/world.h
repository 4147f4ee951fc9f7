// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/world/ids.h"
#include "userspace/world/mount.h"
#include "userspace/world/process.h"

#include <map>
#include <string>
#include <vector>

namespace vitrine::world {

/// A cgroup that a traced process made, joined or wrote to.
struct Cgroup {
  CgroupId id;
  std::string path; ///< in its hierarchy
};

/// The live map: plain data, which only apply() changes. Processes stay after their exit, so that
/// whoever they made still has a path to the root.
struct World {
  std::map<ProcessId, Process> processes;
  std::map<CgroupId, Cgroup> cgroups;
  std::map<MountId, Mount> mounts;
};

/// Brings the map up to date with one event. Events come by time of entry; one that comes late, or
/// about a process never heard of, adds what it knows.
void apply(World& world, const events::Record& record);

/// Null when unknown. By pid alone: the youngest process that has or had it.
[[nodiscard]] const Process* find_process(const World& world, const ProcessId& id);
[[nodiscard]] const Process* find_process(const World& world, std::uint32_t pid);

/// In order of identity.
[[nodiscard]] std::vector<const Process*> children_of(const World& world, const ProcessId& id);

/// The process, who made it, and so on to the first known. Empty when unknown.
[[nodiscard]] std::vector<const Process*> path_to_root(const World& world, const ProcessId& id);

} // namespace vitrine::world
