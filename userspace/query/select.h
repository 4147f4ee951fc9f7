// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/filter.h"
#include "userspace/query/object_type.h"

#include <optional>
#include <vector>

namespace vitrine::query {

struct SortKey {
  const Column* column = nullptr;
  bool descending = false;
};

/// "memory,-cpu": the first key decides, a minus turns its order round.
[[nodiscard]] Result<std::vector<SortKey>> parse_sort(std::string_view spec,
                                                      const std::vector<Column>& columns);

/// What is asked of a table.
struct Query {
  std::vector<const Column*> shown;
  std::optional<Filter> filter;
  std::vector<SortKey> sort;
};

/// Tables that have to be looked at to answer it.
[[nodiscard]] TableSet tables_needed(const ObjectType& type, const Query& query);

/// The rows that the filter lets through, in the order of the keys; null always comes last, and
/// what is equal stays in the order of the table. None when the table was not asked for.
[[nodiscard]] std::vector<std::size_t> select(const ObjectType& type, const Lookup& lookup,
                                              const Query& query);

} // namespace vitrine::query
