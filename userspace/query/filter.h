// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/column.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vitrine::query {

/// What is wrong with a filter, and where in its text.
struct FilterError {
  std::size_t position = 0; ///< byte
  std::size_t length = 0;   ///< bytes; 0 at the end of the text
  Error error;
};

struct Node; // filter_node.h

/// Which rows are wanted:
///   web nginx                words that some shown column contains, whatever the case
///   memory>64M  cpu<250ms    a column compared: = != < <= > >=
///   command~^nginx           a column that a regular expression (RE2) fits
///   a and b, a or b, not a, ( )   side by side means and
///   'two words'  "a=b"       quotes take away every meaning
/// A comparison with what is not known is false, but column=null finds it. Of a list an element is
/// compared; column!=value means that none is equal.
class Filter {
public:
  /// Of `columns`, which must outlive it.
  static tl::expected<Filter, FilterError> parse(std::string_view text,
                                                 const std::vector<Column>& columns);

  /// Whether the object in that row is wanted. Bare words look into `shown`.
  [[nodiscard]] bool matches(const Lookup& lookup, std::size_t row,
                             std::span<const Column* const> shown) const;

  /// Tables that its columns look at.
  [[nodiscard]] TableSet needs() const { return needs_; }

private:
  std::shared_ptr<const Node> root_;
  TableSet needs_;
};

/// The text of a filter, and a line with carets under what is wrong.
[[nodiscard]] std::string pointed_at(std::string_view text, const FilterError& error);

} // namespace vitrine::query
