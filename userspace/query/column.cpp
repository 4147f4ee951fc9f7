// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/column.h"

#include "userspace/base/edit_distance.h"
#include "userspace/base/text_escape.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace vitrine::query {
namespace {

bool is_heading(std::string_view heading, std::string_view name) {
  return std::ranges::equal(heading, name, [](char upper, char lower) {
    return upper == (lower >= 'a' && lower <= 'z' ? lower - 'a' + 'A' : lower);
  });
}

} // namespace

bool right_aligned(const Column& column) {
  return column.kind == Kind::number || column.kind == Kind::bytes ||
         column.kind == Kind::microseconds;
}

const Column* find_column(const std::vector<Column>& columns, std::string_view name) {
  auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end())
    found = std::ranges::find_if(
        columns, [&](const Column& column) { return is_heading(column.heading, name); });
  return found == columns.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_column(const std::vector<Column>& columns, std::string_view name) {
  std::vector<std::string> names;
  for (const Column& column : columns)
    names.push_back(column.name);
  const auto near = near_matches(name, names);
  return with_hint(failure("there is no column \"{}\"", escape_text(name)),
                   near.empty() ? "--columns help lists all columns"
                                : fmt::format("did you mean {}?", fmt::join(near, " or ")));
}

std::vector<std::string_view> split_names(std::string_view spec) {
  std::vector<std::string_view> names;
  while (!spec.empty()) {
    const std::size_t end = std::min(spec.find(','), spec.size());
    if (end != 0) names.push_back(spec.substr(0, end));
    spec.remove_prefix(std::min(end + 1, spec.size()));
  }
  return names;
}

Result<std::vector<const Column*>> pick_columns(const std::vector<Column>& columns,
                                                std::string_view usual, std::string_view spec) {
  std::vector<const Column*> picked;
  if (spec == "all") {
    for (const Column& column : columns)
      picked.push_back(&column);
    return picked;
  }
  const bool changes = spec.starts_with('+') || spec.starts_with('-');
  if (spec.empty() || changes)
    for (const std::string_view name : split_names(usual))
      picked.push_back(find_column(columns, name));
  for (std::string_view name : split_names(spec)) {
    const char sign = name.front() == '+' || name.front() == '-' ? name.front() : '+';
    if (name.front() == sign) name.remove_prefix(1);
    const Column* column = find_column(columns, name);
    if (column == nullptr) return no_column(columns, name);
    std::erase(picked, column);
    if (sign == '+') picked.push_back(column);
  }
  if (picked.empty())
    return with_hint(failure("no column is left"), "--columns help lists all columns");
  return picked;
}

} // namespace vitrine::query
