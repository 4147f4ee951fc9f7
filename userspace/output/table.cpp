// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/table.h"

#include "userspace/base/text_escape.h"
#include "userspace/output/text_layout.h"

#include <algorithm>
#include <numeric>

namespace vitrine::output {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeast = 12; // columns that a text column keeps

/// A cell as it will be printed, but for its width.
struct Shown {
  std::string text;
  Ink ink = Ink::plain;
  std::size_t branch = 0; ///< bytes in front that are lines of a tree
};

Shown show(const TableCell& cell, const TextStyle& style) {
  return {cell.branch + shown(style, cell.text), cell.ink, cell.branch.size()};
}

using Lines = std::vector<std::vector<Shown>>;

Lines lines_of(const Table& table, const TextStyle& style) {
  Lines lines;
  if (table.headings) {
    auto& line = lines.emplace_back();
    for (const TableColumn& column : table.columns)
      line.push_back({column.heading, Ink::bold, 0});
  }
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const TableCell& cell : row)
      line.push_back(show(cell, style));
  }
  return lines;
}

std::vector<std::size_t> widths_of(const Table& table, const Lines& lines) {
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], display_width(line[i].text));
  return widths;
}

/// What a column can give away.
std::size_t spare(const TableColumn& column, std::size_t width) {
  const std::size_t least = std::max(kLeast, column.heading.size());
  return column.right || width <= least ? 0 : width - least;
}

void narrow(const Table& table, std::vector<std::size_t>& widths, std::size_t limit) {
  std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  std::size_t next = widths.size() - 1; // first the last one, then whichever is widest
  while (total > limit) {
    const std::size_t given = std::min(spare(table.columns[next], widths[next]), total - limit);
    widths[next] -= given;
    total -= given;
    std::size_t most = 0;
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (spare(table.columns[i], widths[i]) > most) {
        most = spare(table.columns[i], widths[i]);
        next = i;
      }
    if (most == 0) return;
  }
}

/// Text before its padding is added, so that blanks get no colour.
std::string painted(const Shown& cell, std::string_view text, const TextStyle& style) {
  const std::size_t branch = std::min(cell.branch, text.size());
  return paint(style, Ink::dim, text.substr(0, branch)) +
         paint(style, cell.ink, text.substr(branch));
}

std::string line_text(const Table& table, const std::vector<Shown>& line,
                      const std::vector<std::size_t>& widths, const TextStyle& style) {
  std::string out;
  std::size_t blanks = 0; // kept back until something follows
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::string text = shorten(style, line[i].text, widths[i]);
    const std::size_t padding = widths[i] - std::min(widths[i], display_width(text));
    if (table.columns[i].right) blanks += padding;
    if (!text.empty()) {
      out.append(blanks, ' ').append(painted(line[i], text, style));
      blanks = 0;
    }
    blanks += (table.columns[i].right ? 0 : padding) + kGap;
  }
  return out + "\n";
}

} // namespace

std::string table_text(const Table& table, const TextStyle& style) {
  if (table.columns.empty()) return {};
  const Lines lines = lines_of(table, style);
  std::vector<std::size_t> widths = widths_of(table, lines);
  if (style.width != 0) narrow(table, widths, style.width);
  std::string text;
  for (const auto& line : lines)
    text += line_text(table, line, widths, style);
  return text;
}

std::string branch_text(const std::vector<bool>& goes_on, const TextStyle& style) {
  std::string text;
  for (std::size_t level = 0; level < goes_on.size(); ++level) {
    const bool own = level + 1 == goes_on.size();
    if (own)
      text += goes_on[level] ? (style.unicode ? "├─ " : "|- ") : (style.unicode ? "└─ " : "`- ");
    else
      text += goes_on[level] ? (style.unicode ? "│  " : "|  ") : "   ";
  }
  return text;
}

} // namespace vitrine::output
