// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace vitrine {
namespace {

constexpr std::size_t kMostMatches = 3;
constexpr std::size_t kLongestName = 256; // nobody mistypes a longer one, and comparing is square

/// What must be changed to make one of the other; nothing when they are not alike.
std::optional<std::size_t> distance_if_near(std::string_view word, std::string_view name) {
  if (word.empty() || word.size() > kLongestName || name.size() > kLongestName) return std::nullopt;
  const std::size_t distance = edit_distance(word, name);
  if (distance < word.size() && distance <= std::max<std::size_t>(2, word.size() / 3))
    return distance;
  if (word.size() >= 3 && name.find(word) != name.npos) return distance;
  return std::nullopt;
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> near_matches(std::string_view word,
                                      const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string& name : names)
    if (const auto distance = distance_if_near(word, name)) near.emplace_back(*distance, name);
  std::ranges::sort(near);
  std::vector<std::string> matches;
  for (const auto& [distance, name] : near)
    if (distance == near.front().first && matches.size() < kMostMatches) matches.emplace_back(name);
  return matches;
}

} // namespace vitrine
