// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/column.h"
#include "userspace/query/table.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace vitrine::query {

/// A type of objects that can be listed.
struct ObjectType {
  Table table = Table::processes;
  std::string_view name; ///< of its table in a snapshot: "processes"
  std::vector<Column> columns;
  std::string_view usual;   ///< the columns that are shown when nobody asks for others
  std::string_view in_tree; ///< the same for a tree, whose lines are drawn in front of the column…
  std::string_view trunk;   ///< …of this name
  /// How many rows the table has; nothing when it was not asked for.
  std::optional<std::size_t> (*size)(const objects::Snapshot&) = nullptr;
  /// Its place in the tree is below that row.
  std::optional<std::size_t> (*parent)(const Lookup&, std::size_t row) = nullptr;
  TableSet parent_needs; ///< tables that parent() looks at beside its own
  /// The snapshot with this table only, and of it these rows.
  objects::Snapshot (*only)(const objects::Snapshot&,
                            const std::vector<std::size_t>& rows) = nullptr;
};

[[nodiscard]] const ObjectType& object_type(Table table);

/// Made once by object_type(); a file each.
[[nodiscard]] ObjectType processes_type();
[[nodiscard]] ObjectType namespaces_type();
[[nodiscard]] ObjectType cgroups_type();
[[nodiscard]] ObjectType mounts_type();
[[nodiscard]] ObjectType layers_type();
[[nodiscard]] ObjectType containers_type();
[[nodiscard]] ObjectType networks_type();

template<class Object>
[[nodiscard]] std::optional<std::size_t> row_count(const objects::Snapshot& snapshot) {
  const auto& table = table_of<Object>(snapshot);
  return table ? std::optional(table->size()) : std::nullopt;
}

template<class Object>
[[nodiscard]] objects::Snapshot only_rows(const objects::Snapshot& snapshot,
                                          const std::vector<std::size_t>& rows) {
  objects::Snapshot only;
  only.generated_at = snapshot.generated_at;
  only.host = snapshot.host;
  only.sources = snapshot.sources;
  only.errors = snapshot.errors;
  auto& kept = table_of<Object>(only).emplace();
  for (const std::size_t row : rows)
    kept.push_back((*table_of<Object>(snapshot))[row]);
  return only;
}

} // namespace vitrine::query
