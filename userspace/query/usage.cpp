// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/usage.h"

namespace vitrine::query {
namespace {

/// Takes over what `state` does not tell yet.
void add(objects::CgroupState& state, const objects::CgroupState& more) {
  objects::for_each_field<objects::CgroupState>([&](const auto& field) {
    auto& member = state.*field.member;
    if (!member) member = more.*field.member;
  });
}

} // namespace

objects::CgroupState usage_of(const objects::Container& container, const Lookup& lookup) {
  objects::CgroupState state;
  for (const objects::CgroupId& id : container.cgroups)
    if (const auto* cgroup = lookup.find<objects::Cgroup>(id)) add(state, cgroup->state);
  return state;
}

objects::CgroupState usage_of(const objects::Process& process, const Lookup& lookup) {
  objects::CgroupState state;
  for (const objects::Cgroup* cgroup : cgroups_of(process, lookup))
    add(state, cgroup->state);
  return state;
}

std::vector<const objects::Cgroup*> cgroups_of(const objects::Process& process,
                                               const Lookup& lookup) {
  std::vector<const objects::Cgroup*> found;
  if (!lookup.snapshot().cgroups) return found;
  for (const objects::Cgroup& cgroup : *lookup.snapshot().cgroups)
    for (const objects::CgroupPlace& place : process.cgroups)
      if (place.hierarchy == cgroup.id.hierarchy && place.path == cgroup.path)
        found.push_back(&cgroup);
  return found;
}

} // namespace vitrine::query
