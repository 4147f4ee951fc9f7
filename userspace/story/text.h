// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Text of the story. Foreign bytes in it are escaped, so a control character is always one of the
/// signs below: whoever prints replaces them with what the terminal can show.
namespace vitrine::story {

inline constexpr char kArrow = '\x01';    ///< leads to
inline constexpr char kTimes = '\x02';    ///< a number of
inline constexpr char kEllipsis = '\x03'; ///< there is more, but it was cut

/// The string escaped; "unreadable" or cut when the record says so. Empty when absent.
[[nodiscard]] std::string text_of(const events::Record& record, const ev_string& string);

/// The same in quotes.
[[nodiscard]] std::string quoted(const events::Record& record, const ev_string& string);

/// Whether there is something to show.
[[nodiscard]] bool present(const events::Record& record, const ev_string& string);

/// The path that was meant: what /proc/self/fd/N stands for, when that is known.
[[nodiscard]] const ev_string& meant(const events::Record& record, const ev_string& path,
                                     const ev_string& fd_path);

/// The same for a path that starts from an open directory. Escaped; "unknown" when nothing is
/// known.
[[nodiscard]] std::string place_of(const events::Record& record, const ev_string& directory,
                                   const ev_string& path, const ev_string& fd_path);

/// `path` from the root on, when it is relative and the directory it starts from is known.
[[nodiscard]] std::string absolute(std::string_view directory, std::string_view path);

/// "1 layer", "2 layers"
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// "a, b, c"
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

/// "SYS_ADMIN": without the prefix that all of them have.
[[nodiscard]] std::string capability_word(std::uint64_t number);
[[nodiscard]] std::vector<std::string> capability_words(std::uint64_t set);

/// How many capabilities this program knows.
[[nodiscard]] std::size_t capability_count();

/// "EPERM: Operation not permitted" for the -errno of a call.
[[nodiscard]] std::string errno_words(std::int64_t result);

} // namespace vitrine::story
