// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"

#include <string>
#include <vector>

namespace vitrine::output {

struct TableColumn {
  std::string heading;
  bool right = false; ///< aligned; such a column is never cut
};

/// Escaped text in one ink. `branch` stands in front of it: lines of a tree.
struct TableCell {
  std::string text;
  Ink ink = Ink::plain;
  std::string branch;
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows; ///< a cell for each column
  bool headings = true;
};

/// The table as lines, columns two blanks apart, without trailing blanks. Where the style has a
/// width, text is cut with a sign: of the last column, and when that is not enough of the widest
/// ones.
[[nodiscard]] std::string table_text(const Table& table, const TextStyle& style);

/// The lines in front of a row of a tree; for each level whether something follows there further
/// down.
[[nodiscard]] std::string branch_text(const std::vector<bool>& goes_on, const TextStyle& style);

} // namespace vitrine::output
