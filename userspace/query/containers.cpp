// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"
#include "userspace/query/usage.h"

namespace vitrine::query {
namespace {

using objects::Cgroup;
using objects::Container;
using objects::Sharing;

Value short_identity(const Container& container, const Lookup&) {
  return short_id(container.id);
}

Value called(const Container& container, const Lookup& lookup) {
  return lookup.container_name(container.id);
}

Value pid(const Container& container, const Lookup&) {
  return container.init ? Value(std::uint64_t{container.init->pid}) : Value();
}

Value of_kind(const Container& container, Sharing sharing) {
  if (container.namespaces.empty()) return {}; // it is stopped, or they could not be read
  List kinds;
  for (const objects::ContainerNamespace& space : container.namespaces)
    if (space.sharing == sharing) kinds.emplace_back(namespace_kind_name(space.id.kind));
  return kinds;
}

Value shares_with_host(const Container& container, const Lookup&) {
  return of_kind(container, Sharing::host);
}

Value own(const Container& container, const Lookup&) {
  return of_kind(container, Sharing::own);
}

Value shares_with(const Container& container, const Lookup& lookup) {
  List names;
  for (const objects::ContainerNamespace& space : container.namespaces)
    for (const objects::ContainerId& other : space.shared_with)
      if (std::string name = lookup.container_name(other);
          std::ranges::find(names, name) == names.end())
        names.push_back(std::move(name));
  return names;
}

template<auto Member>
Value from_cgroups(const Container& container, const Lookup& lookup) {
  return value_of(usage_of(container, lookup).*Member);
}

Value labels(const Container& container, const Lookup&) {
  List words;
  for (const objects::Label& label : container.labels)
    words.push_back(label.key + "=" + label.value);
  return words;
}

/// The container whose cgroup its own is in: engines run in containers, too.
std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  constexpr int kDeepest = 64; // a cgroup that is above itself, of a broken file
  const Container& container = lookup.row<Container>(row);
  for (const objects::CgroupId& id : container.cgroups) {
    const auto* cgroup = lookup.find<Cgroup>(id);
    for (int steps = 0; cgroup != nullptr && cgroup->parent && steps < kDeepest; ++steps) {
      cgroup = lookup.find<Cgroup>(*cgroup->parent);
      if (cgroup != nullptr && cgroup->container && *cgroup->container != container.id)
        return lookup.index_of(lookup.find<Container>(*cgroup->container));
    }
  }
  return std::nullopt;
}

} // namespace

ObjectType containers_type() {
  ObjectType type;
  type.table = Table::containers;
  type.name = "containers";
  type.columns = columns_of<Container>(
      {computed("called", Kind::text, "its name, or the beginning of its id", called),
       computed("short_id", Kind::text, "the beginning of its id", short_identity),
       computed("pid", Kind::number, "its first process", pid),
       computed("own", Kind::list, "kinds of namespaces that nobody else has", own),
       computed("shares_with_host", Kind::list, "kinds of namespaces that are the host's",
                shares_with_host),
       computed("shares_with", Kind::list, "containers that it shares namespaces with",
                shares_with),
       computed("memory_bytes", Kind::bytes, "in use, of its cgroup",
                from_cgroups<&objects::CgroupState::memory_bytes>, {Table::cgroups}),
       computed("memory_max_bytes", Kind::bytes, "its limit",
                from_cgroups<&objects::CgroupState::memory_max_bytes>, {Table::cgroups}),
       computed("cpu_usage_usec", Kind::microseconds, "processor time so far",
                from_cgroups<&objects::CgroupState::cpu_usage_usec>, {Table::cgroups}),
       computed("pids", Kind::number, "tasks in its cgroup",
                from_cgroups<&objects::CgroupState::pids>, {Table::cgroups}),
       computed("labels", Kind::list, "KEY=VALUE", labels)});
  type.usual = "called,engine,short_id,status,pid,processes,memory_bytes,shares_with_host,image";
  type.in_tree = "engine,short_id,status,pid,processes,memory_bytes,shares_with_host,called";
  type.trunk = "called";
  type.size = row_count<Container>;
  type.parent = parent;
  type.parent_needs = {Table::cgroups};
  type.only = only_rows<Container>;
  return type;
}

} // namespace vitrine::query
