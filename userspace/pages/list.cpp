// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/list.h"

#include "userspace/base/text_escape.h"
#include "userspace/output/table.h"
#include "userspace/query/tree.h"

#include <algorithm>

namespace vitrine::pages {
namespace {

output::TableCell cell_of(const query::Column& column, const query::Lookup& lookup,
                          std::size_t row) {
  const query::Value value = column.value(lookup, row);
  return {escape_text(query::value_text(column.kind, value)),
          query::is_null(value) ? output::Ink::dim : output::Ink::plain,
          {}};
}

output::Table make_table(const query::Query& query, const query::Lookup& lookup,
                         const std::vector<std::size_t>& rows) {
  output::Table table;
  for (const query::Column* column : query.shown)
    table.columns.push_back({column->heading, right_aligned(*column)});
  for (const std::size_t row : rows) {
    auto& cells = table.rows.emplace_back();
    for (const query::Column* column : query.shown)
      cells.push_back(cell_of(*column, lookup, row));
  }
  return table;
}

/// Puts the rows into the order of the tree, with its lines before the trunk's column.
output::Table make_tree(const query::ObjectType& type, const query::Query& query,
                        const query::Lookup& lookup, const std::vector<std::size_t>& rows,
                        const output::TextStyle& style) {
  const std::vector<query::Branch> branches = query::tree(type, lookup, rows);
  std::vector<std::size_t> order;
  for (const query::Branch& branch : branches)
    order.push_back(branch.row);
  output::Table table = make_table(query, lookup, order);
  const query::Column* trunk = query::find_column(type.columns, type.trunk);
  auto drawn = std::ranges::find(query.shown, trunk);
  if (drawn == query.shown.end()) // the trunk is not shown: before whatever comes first
    drawn = query.shown.begin();
  const auto at = static_cast<std::size_t>(drawn - query.shown.begin());
  table.columns[at].right = false;
  for (std::size_t i = 0; i < branches.size(); ++i)
    table.rows[i][at].branch = output::branch_text(branches[i].goes_on, style);
  return table;
}

} // namespace

std::string list_text(const query::ObjectType& type, const query::Query& query,
                      const query::Lookup& lookup, const std::vector<std::size_t>& rows,
                      const ListLayout& layout, const output::TextStyle& style) {
  output::Table table =
      layout.tree ? make_tree(type, query, lookup, rows, style) : make_table(query, lookup, rows);
  table.headings = layout.headings;
  return output::table_text(table, style);
}

std::string columns_text(const query::ObjectType& type, const output::TextStyle& style) {
  const auto usual = *query::pick_columns(type.columns, type.usual, "");
  output::Table table;
  table.columns = {{"COLUMN"}, {"USUAL"}, {"IS"}, {"MEANS"}};
  for (const query::Column& column : type.columns) {
    const bool is_usual = std::ranges::find(usual, &column) != usual.end();
    table.rows.push_back({{column.name, {}, {}},
                          {is_usual ? "yes" : "", {}, {}},
                          {std::string(query::kind_words(column.kind)), {}, {}},
                          {column.doc, {}, {}}});
  }
  return output::table_text(table, style);
}

} // namespace vitrine::pages
