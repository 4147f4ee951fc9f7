// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/cgroup_members.h"

#include <map>
#include <string_view>
#include <utility>

namespace vitrine::world {

void count_members(std::span<objects::Cgroup> cgroups,
                   std::span<const objects::Process> processes) {
  std::map<std::pair<std::uint32_t, std::string_view>, objects::Cgroup*> places;
  for (objects::Cgroup& cgroup : cgroups) {
    cgroup.processes = 0;
    places[{cgroup.id.hierarchy, cgroup.path}] = &cgroup;
  }
  for (const objects::Process& process : processes)
    for (const objects::CgroupPlace& place : process.cgroups)
      if (const auto cgroup = places.find({place.hierarchy, place.path}); cgroup != places.end())
        ++cgroup->second->processes;
}

} // namespace vitrine::world
