// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// `text` made safe for a terminal and unambiguous: control characters, DEL, C1 controls, line and
/// paragraph separators, bidirectional and zero-width formatting characters and bytes that are not
/// UTF-8 become \n, \t, \e, \xNN or \u{NNNN}; a backslash becomes two. Names of processes, paths
/// and cgroups come from whoever made them: nothing foreign is printed without passing here.
[[nodiscard]] std::string escape_text(std::string_view text);

/// Text as a JSON string can carry it. Valid UTF-8 is itself; otherwise every byte that is not
/// UTF-8 becomes \xNN and every backslash two, and `escaped` is true, so that no byte is lost.
struct JsonText {
  std::string text;
  bool escaped = false;
};
[[nodiscard]] JsonText text_for_json(std::string_view text);

/// The bytes behind an escaped JsonText; nothing when it is not escaped so.
[[nodiscard]] std::optional<std::string> text_from_json(std::string_view escaped);

/// Terminal columns that escaped text takes: wide characters count two, combining ones none. Needs
/// setlocale(LC_CTYPE) to a UTF-8 locale; without it every character counts one.
[[nodiscard]] std::size_t display_width(std::string_view escaped);

/// The longest prefix of escaped text that fits `columns`, never cutting inside a character.
[[nodiscard]] std::string_view fit_width(std::string_view escaped, std::size_t columns);

} // namespace vitrine
