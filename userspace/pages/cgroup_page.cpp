// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace vitrine::pages {
namespace {

using objects::Cgroup;

bool is_member(const objects::Process& process, const Cgroup& cgroup) {
  return std::ranges::any_of(process.cgroups, [&](const objects::CgroupPlace& place) {
    return place.hierarchy == cgroup.id.hierarchy && place.path == cgroup.path;
  });
}

void add_members(Section& section, const Cgroup& cgroup, const query::Lookup& lookup) {
  if (!lookup.snapshot().processes) return;
  for (const objects::Process& process : *lookup.snapshot().processes)
    if (is_member(process, cgroup)) section.add("process", lookup.process_name(process.id));
}

void add_children(Section& section, const Cgroup& cgroup, const query::Lookup& lookup) {
  for (const Cgroup& other : *lookup.snapshot().cgroups)
    if (other.parent == cgroup.id) section.add("child", other.path);
}

} // namespace

Page cgroup_page(const std::vector<const Cgroup*>& cgroups, const query::Lookup& lookup) {
  Page page{"cgroup " + cgroups.front()->path, {}};
  for (const Cgroup* cgroup : cgroups) {
    Section& section = page.section("Hierarchy " + cgroup->hierarchy);
    section.add("id", to_text(cgroup->id));
    if (!cgroup->controllers.empty())
      section.add("controllers", fmt::format("{}", fmt::join(cgroup->controllers, ", ")));
    section.add_known("type", cgroup->type);
    section.add("processes", fmt::format("{} in it", cgroup->processes));
    if (cgroup->container) section.add("belongs to", container_words(*cgroup->container, lookup));
    add_usage(section, cgroup->state);
    add_members(section, *cgroup, lookup);
    add_children(section, *cgroup, lookup);
  }
  return page;
}

} // namespace vitrine::pages
