// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/world.h"

#include <algorithm>
#include <limits>

namespace vitrine::world {

const Process* find_process(const World& world, const ProcessId& id) {
  const auto found = world.processes.find(id);
  return found == world.processes.end() ? nullptr : &found->second;
}

const Process* find_process(const World& world, std::uint32_t pid) {
  const ProcessId youngest = {pid, std::numeric_limits<std::uint64_t>::max()};
  auto after = world.processes.upper_bound(youngest);
  if (after == world.processes.begin()) return nullptr;
  --after;
  return after->first.pid == pid ? &after->second : nullptr;
}

std::vector<const Process*> children_of(const World& world, const ProcessId& id) {
  std::vector<const Process*> children;
  for (const auto& [child_id, child] : world.processes)
    if (child.parent == id) children.push_back(&child);
  return children;
}

std::vector<const Process*> path_to_root(const World& world, const ProcessId& id) {
  std::vector<const Process*> path;
  const Process* process = find_process(world, id);
  // A recording may hold anything, even two processes that made each other.
  while (process != nullptr && std::ranges::find(path, process) == path.end()) {
    path.push_back(process);
    process = process->parent ? find_process(world, *process->parent) : nullptr;
  }
  return path;
}

} // namespace vitrine::world
