// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace vitrine {

/// How many letters must be put in, left out or changed to make `b` of `a` (Levenshtein): what a
/// mistyped name was meant to be is the one with the least.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace vitrine
