// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/filter.h"

#include "userspace/base/text_escape.h"
#include "userspace/query/filter_node.h"

#include <algorithm>

#include <re2/re2.h>

namespace vitrine::query {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view lower_case) {
  return !std::ranges::search(text, lower_case, {}, lower).empty() || lower_case.empty();
}

bool ordered_as(std::weak_ordering order, Operator how) {
  switch (how) {
  case Operator::equal:
    return order == 0;
  case Operator::unequal:
    return order != 0;
  case Operator::less:
    return order < 0;
  case Operator::at_most:
    return order <= 0;
  case Operator::more:
    return order > 0;
  case Operator::at_least:
    return order >= 0;
  case Operator::fits:
    break;
  }
  return false;
}

/// An empty list is what is equal to "".
bool has_element(const List& list, const std::string& wanted) {
  return list.empty() ? wanted.empty() : std::ranges::find(list, wanted) != list.end();
}

bool holds(const Comparison& comparison, const Value& value) {
  if (comparison.how == Operator::fits) {
    if (is_null(value)) return false;
    const auto fits = [&](const std::string& text) {
      return re2::RE2::PartialMatch(text, *comparison.expression);
    };
    if (const auto* list = std::get_if<List>(&value)) return std::ranges::any_of(*list, fits);
    return fits(value_text(comparison.column->kind, value));
  }
  if (is_null(comparison.value)) return is_null(value) == (comparison.how == Operator::equal);
  if (is_null(value)) return false;
  if (const auto* list = std::get_if<List>(&value))
    return has_element(*list, std::get<std::string>(comparison.value)) ==
           (comparison.how == Operator::equal);
  return ordered_as(compare(value, comparison.value), comparison.how);
}

/// One row that is asked about.
struct Row {
  const Lookup& lookup;
  std::size_t row;
  std::span<const Column* const> shown;
};

bool is_true(const Node& node, const Row& row);

bool is_true(const Word& word, const Row& row) {
  return std::ranges::any_of(row.shown, [&](const Column* column) {
    const Value value = column->value(row.lookup, row.row);
    return !is_null(value) && contains(value_text(column->kind, value), word.lower_case);
  });
}

bool is_true(const Comparison& comparison, const Row& row) {
  return holds(comparison, comparison.column->value(row.lookup, row.row));
}

bool is_true(const Group& group, const Row& row) {
  const auto holds_here = [&](const Node& node) { return is_true(node, row); };
  switch (group.junction) {
  case Junction::all:
    return std::ranges::all_of(group.nodes, holds_here);
  case Junction::any:
    return std::ranges::any_of(group.nodes, holds_here);
  case Junction::none:
    return std::ranges::none_of(group.nodes, holds_here);
  }
  return false;
}

bool is_true(const Node& node, const Row& row) {
  return std::visit([&](const auto& what) { return is_true(what, row); }, node.what);
}

} // namespace

bool Filter::matches(const Lookup& lookup, std::size_t row,
                     std::span<const Column* const> shown) const {
  return is_true(*root_, {lookup, row, shown});
}

std::string pointed_at(std::string_view text, const FilterError& error) {
  constexpr std::size_t kContext = 60; // bytes on either side that help to find the place
  const std::size_t position = std::min(error.position, text.size());
  const std::size_t length = std::min(error.length, text.size() - position);
  const std::size_t first = position > kContext ? position - kContext : 0;
  const std::string before = escape_text(text.substr(first, position - first));
  const std::string wrong = escape_text(text.substr(position, std::min(length, kContext)));
  const std::string after =
      escape_text(text.substr(position + std::min(length, kContext), kContext));
  return before + wrong + after + "\n" + std::string(display_width(before), ' ') +
         std::string(std::max<std::size_t>(1, display_width(wrong)), '^');
}

} // namespace vitrine::query
