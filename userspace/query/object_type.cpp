// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/object_type.h"

namespace vitrine::query {

const ObjectType& object_type(Table table) {
  // In the order of the enumeration.
  static const ObjectType kTypes[] = {processes_type(), namespaces_type(), cgroups_type(),
                                      mounts_type(),    layers_type(),     containers_type(),
                                      networks_type()};
  return kTypes[static_cast<std::size_t>(table)];
}

} // namespace vitrine::query
