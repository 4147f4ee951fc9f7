// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/snapshot.h"

namespace vitrine::objects {
namespace {

template<class Object>
void sort_table(std::optional<std::vector<Object>>& table) {
  const auto id_of = [](const Object& object) { return object.id; };
  if (table && !std::ranges::is_sorted(*table, {}, id_of))
    std::ranges::stable_sort(*table, {}, id_of);
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
