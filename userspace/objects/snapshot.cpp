// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/snapshot.h"

namespace vitrine::objects {
namespace {

template<class Object>
void sort_table(std::optional<std::vector<Object>>& table) {
  if (table) std::ranges::sort(*table, {}, [](const Object& object) { return object.id; });
}

} // namespace

void count_error(std::vector<SourceError>& errors, std::string_view source, std::string_view error,
                 std::uint64_t count) {
  for (SourceError& known : errors) {
    if (known.source != source || known.error != error) continue;
    known.count += count;
    return;
  }
  errors.push_back({std::string(source), std::string(error), count});
}

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
