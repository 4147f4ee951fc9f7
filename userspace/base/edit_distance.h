// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// How many letters must be put in, left out or changed to make `b` of `a` (Levenshtein): what a
/// mistyped name was meant to be is the one with the least.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The likeliest of `names` that `word` may have been meant to be, at most three: a few letters are
/// wrong, or it is a part of them.
[[nodiscard]] std::vector<std::string> near_matches(std::string_view word,
                                                    const std::vector<std::string>& names);

} // namespace vitrine
