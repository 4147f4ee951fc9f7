// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"

namespace vitrine::query {
namespace {

using objects::Cgroup;

/// The last component of its path.
Value name(const Cgroup& cgroup, const Lookup&) {
  if (cgroup.path.size() <= 1) return cgroup.hierarchy + ":/";
  return cgroup.path.substr(cgroup.path.rfind('/') + 1);
}

Value lives_in(const Cgroup& cgroup, const Lookup& lookup) {
  return cgroup.container ? Value(lookup.container_name(*cgroup.container)) : Value();
}

/// How many processors' time it may use.
Value cpu_max(const Cgroup& cgroup, const Lookup&) {
  const auto& quota = cgroup.state.cpu_quota_usec;
  if (!quota) return {};
  if (!quota->value) return unlimited();
  const auto period = cgroup.state.cpu_period_usec.value_or(0);
  if (period == 0) return {};
  return static_cast<double>(*quota->value) / static_cast<double>(period);
}

std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  const auto& above = lookup.row<Cgroup>(row).parent;
  return above ? lookup.index_of(lookup.find<Cgroup>(*above)) : std::nullopt;
}

} // namespace

ObjectType cgroups_type() {
  ObjectType type;
  type.table = Table::cgroups;
  type.name = "cgroups";
  type.columns = columns_of<Cgroup>(
      {computed("name", Kind::text, "the last part of its path", name),
       computed("lives_in", Kind::text, "the container that it belongs to", lives_in,
                {Table::containers}),
       computed("cpu_max", Kind::number, "how many processors' time it may use", cpu_max)});
  type.usual = "hierarchy,processes,cpu_usage_usec,memory_bytes,memory_max_bytes,pids,pids_max,"
               "lives_in,path";
  type.in_tree = "processes,cpu_usage_usec,memory_bytes,memory_max_bytes,pids,pids_max,lives_in,"
                 "name";
  type.trunk = "name";
  type.size = row_count<Cgroup>;
  type.parent = parent;
  type.only = only_rows<Cgroup>;
  return type;
}

} // namespace vitrine::query
