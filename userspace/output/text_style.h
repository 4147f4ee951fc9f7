// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::output {

enum class Ink : std::uint8_t { plain, dim, bold, good, bad, warning, title };

/// What the reader's terminal can show.
struct TextStyle {
  bool unicode = false;
  bool colour = false;
  std::size_t width = 0; ///< columns; 0: no terminal, lines are as long as they are
};

/// `text` between the codes of `ink`, or as it is without colour.
[[nodiscard]] std::string paint(const TextStyle& style, Ink ink, std::string_view text);

/// Text of the story with its signs (story/text.h) replaced by what the style has for them. Without
/// unicode every other byte that is not ASCII becomes \xNN.
[[nodiscard]] std::string shown(const TextStyle& style, std::string_view story_text);

/// `count` columns of a horizontal line.
[[nodiscard]] std::string rule(const TextStyle& style, std::size_t count);

/// "12.3 us", "4.56 ms", "7.89 s": three digits, whatever the size.
[[nodiscard]] std::string duration_text(std::uint64_t nanoseconds);

/// "12.345": milliseconds.
[[nodiscard]] std::string milliseconds_text(std::uint64_t nanoseconds);

} // namespace vitrine::output
