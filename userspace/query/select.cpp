// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/select.h"

#include <algorithm>

namespace vitrine::query {
namespace {

struct Keyed {
  std::size_t row;
  std::vector<Value> keys;
};

bool comes_first(const Keyed& a, const Keyed& b, const std::vector<SortKey>& sort) {
  for (std::size_t i = 0; i < sort.size(); ++i) {
    const auto order = compare(a.keys[i], b.keys[i]);
    if (order == 0) continue;
    const bool with_null = is_null(a.keys[i]) || is_null(b.keys[i]);
    return sort[i].descending && !with_null ? order > 0 : order < 0;
  }
  return false;
}

} // namespace

Result<std::vector<SortKey>> parse_sort(std::string_view spec, const std::vector<Column>& columns) {
  std::vector<SortKey> keys;
  for (std::string_view name : split_names(spec)) {
    const bool descending = name.starts_with('-');
    if (descending || name.starts_with('+')) name.remove_prefix(1);
    const Column* column = find_column(columns, name);
    if (column == nullptr) return no_column(columns, name);
    keys.push_back({column, descending});
  }
  return keys;
}

TableSet tables_needed(const ObjectType& type, const Query& query) {
  TableSet tables{type.table};
  for (const Column* column : query.shown)
    tables |= column->needs;
  for (const SortKey& key : query.sort)
    tables |= key.column->needs;
  if (query.filter) tables |= query.filter->needs();
  return tables;
}

std::vector<std::size_t> select(const ObjectType& type, const Lookup& lookup, const Query& query) {
  std::vector<Keyed> found;
  for (std::size_t row = 0; row < type.size(lookup.snapshot()).value_or(0); ++row) {
    if (query.filter && !query.filter->matches(lookup, row, query.shown)) continue;
    Keyed& keyed = found.emplace_back(Keyed{row, {}});
    for (const SortKey& key : query.sort)
      keyed.keys.push_back(key.column->value(lookup, row));
  }
  std::ranges::stable_sort(
      found, [&](const Keyed& a, const Keyed& b) { return comes_first(a, b, query.sort); });
  std::vector<std::size_t> rows;
  for (const Keyed& keyed : found)
    rows.push_back(keyed.row);
  return rows;
}

} // namespace vitrine::query
