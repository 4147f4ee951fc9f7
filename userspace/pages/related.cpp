// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"
#include "userspace/pages/target.h"
#include "userspace/query/usage.h"

#include <algorithm>
#include <set>

namespace vitrine::pages {
namespace {

using namespace objects;

/// The identities that a page tells of.
struct Wanted {
  std::set<ProcessId> processes;
  std::set<NamespaceId> namespaces; ///< networks, too
  std::set<CgroupId> cgroups;
  std::set<MountId> mounts;
  std::set<LayerId> layers;
  std::set<ContainerId> containers;
};

class Collector {
public:
  explicit Collector(const query::Lookup& lookup) : lookup_(lookup) {}

  void operator()(const Process* process) {
    wanted_.processes.insert(process->id);
    for (const NamespaceKind kind : kNamespaceKinds)
      if (const auto id = namespace_of(*process, kind)) wanted_.namespaces.insert(*id);
    for (const Cgroup* cgroup : query::cgroups_of(*process, lookup_))
      wanted_.cgroups.insert(cgroup->id);
    if (process->container) wanted_.containers.insert(*process->container);
  }

  void operator()(const Container* container) {
    const ContainerId& id = container->id;
    wanted_.containers.insert(id);
    if (container->init) wanted_.processes.insert(*container->init);
    for (const ContainerNamespace& space : container->namespaces)
      wanted_.namespaces.insert(space.id);
    wanted_.cgroups.insert(container->cgroups.begin(), container->cgroups.end());
    if (container->root) wanted_.mounts.insert(*container->root);
    add_of(lookup_.snapshot().processes, wanted_.processes, id);
    add_of(lookup_.snapshot().cgroups, wanted_.cgroups, id);
    add_of(lookup_.snapshot().mounts, wanted_.mounts, id);
    if (lookup_.snapshot().layers)
      for (const Layer& layer : *lookup_.snapshot().layers)
        if (std::ranges::find(layer.containers, id) != layer.containers.end())
          wanted_.layers.insert(layer.id);
  }

  void operator()(const Namespace* space) {
    wanted_.namespaces.insert(space->id);
    for (const auto& other : {space->parent, space->owner})
      if (other) wanted_.namespaces.insert(*other);
    if (space->oldest) wanted_.processes.insert(*space->oldest);
    wanted_.containers.insert(space->containers.begin(), space->containers.end());
    for (const Holder& holder : space->kept_alive_by) {
      if (holder.process) wanted_.processes.insert(*holder.process);
      if (holder.mount) wanted_.mounts.insert(*holder.mount);
      if (holder.namespace_id) wanted_.namespaces.insert(*holder.namespace_id);
    }
  }

  void operator()(const CgroupsOfPath& cgroups) {
    for (const Cgroup* cgroup : cgroups) {
      wanted_.cgroups.insert(cgroup->id);
      if (cgroup->container) wanted_.containers.insert(*cgroup->container);
    }
  }

  void operator()(const Layer* layer) {
    wanted_.layers.insert(layer->id);
    wanted_.mounts.insert(layer->upper_of.begin(), layer->upper_of.end());
    wanted_.mounts.insert(layer->lower_of.begin(), layer->lower_of.end());
    wanted_.containers.insert(layer->containers.begin(), layer->containers.end());
  }

  [[nodiscard]] const Wanted& wanted() const { return wanted_; }

private:
  template<class Object, class Ids>
  static void add_of(const std::optional<std::vector<Object>>& table, Ids& ids,
                     const ContainerId& container) {
    if (!table) return;
    for (const Object& object : *table)
      if (object.container == container) ids.insert(object.id);
  }

  const query::Lookup& lookup_;
  Wanted wanted_;
};

template<class Object, class Ids>
void keep(std::optional<std::vector<Object>>& table, const Ids& ids) {
  if (table) std::erase_if(*table, [&](const Object& object) { return !ids.contains(object.id); });
}

} // namespace

Snapshot related(const Target& target, const query::Lookup& lookup) {
  Collector collector(lookup);
  std::visit(collector, target);
  const Wanted& wanted = collector.wanted();
  Snapshot kept = lookup.snapshot();
  keep(kept.processes, wanted.processes);
  keep(kept.namespaces, wanted.namespaces);
  keep(kept.cgroups, wanted.cgroups);
  keep(kept.mounts, wanted.mounts);
  keep(kept.layers, wanted.layers);
  keep(kept.containers, wanted.containers);
  keep(kept.networks, wanted.namespaces);
  return kept;
}

} // namespace vitrine::pages
