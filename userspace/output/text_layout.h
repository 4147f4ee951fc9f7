// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"

#include <string>
#include <vector>

namespace vitrine::output {

/// A stretch of text in one ink.
struct Run {
  Ink ink = Ink::plain;
  std::string text;
};

/// The runs as lines of at most `width` columns, broken at blanks where there are some; nothing is
/// left out. 0: one line.
[[nodiscard]] std::vector<std::string> wrap(const TextStyle& style, const std::vector<Run>& runs,
                                            std::size_t width);

/// Exactly `width` columns: padded, or cut with a sign that it was.
[[nodiscard]] std::string fit(const TextStyle& style, std::string_view text, std::size_t width);

/// At most `width` columns: as it is, or cut with a sign that it was.
[[nodiscard]] std::string shorten(const TextStyle& style, std::string text, std::size_t width);

/// At least `width` columns.
[[nodiscard]] std::string pad(std::string text, std::size_t width);
[[nodiscard]] std::string pad_left(std::string text, std::size_t width);

} // namespace vitrine::output
