// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/propagation.h"

#include <map>
#include <set>
#include <utility>

namespace vitrine::mounts {

void fill_propagate_from(std::span<objects::Mount> mounts) {
  std::map<std::uint64_t, std::uint64_t> master_of;          // a peer group's
  std::set<std::pair<std::uint32_t, std::uint64_t>> present; // namespace and peer group
  for (const objects::Mount& mount : mounts) {
    if (!mount.peer_group) continue;
    present.emplace(mount.id.mount_namespace, *mount.peer_group);
    if (mount.master_group) master_of.emplace(*mount.peer_group, *mount.master_group);
  }
  for (objects::Mount& mount : mounts) {
    mount.propagate_from.reset();
    if (!mount.master_group || present.contains({mount.id.mount_namespace, *mount.master_group}))
      continue;
    std::size_t left = master_of.size(); // masters in a circle would be the kernel's mistake
    for (auto above = master_of.find(*mount.master_group); above != master_of.end() && left-- > 0;
         above = master_of.find(above->second)) {
      if (!present.contains({mount.id.mount_namespace, above->second})) continue;
      mount.propagate_from = above->second;
      break;
    }
  }
}

} // namespace vitrine::mounts
