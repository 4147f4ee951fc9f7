// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/snapshot.h"

namespace vitrine::objects {
namespace {

template<class Object>
void sort_table(std::optional<std::vector<Object>>& table) {
  if (table) std::ranges::sort(*table, {}, [](const Object& object) { return object.id; });
}

} // namespace

void sort_tables(Snapshot& snapshot) {
  sort_table(snapshot.processes);
  sort_table(snapshot.namespaces);
  sort_table(snapshot.cgroups);
  sort_table(snapshot.mounts);
  sort_table(snapshot.layers);
  sort_table(snapshot.containers);
  sort_table(snapshot.networks);
}

} // namespace vitrine::objects
