// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/capability_words.h"

#include "userspace/kernel/capability_sets.h"
#include "userspace/kernel/flags.h"

#include <fmt/ranges.h>

#include <bit>
#include <string_view>

namespace vitrine::query {
namespace {

constexpr int kFewChanges = 4; // more are harder to read than the set itself

std::string names_text(std::uint64_t bits) {
  return fmt::format("{}", fmt::join(capability_names(bits), ", "));
}

} // namespace

std::vector<std::string> capability_names(std::uint64_t bits) {
  constexpr std::string_view kPrefix = "CAP_";
  std::vector<std::string> names = kernel::flag_names(kernel::kCapabilities, bits);
  for (std::string& name : names)
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  return names;
}

std::string capability_words(std::uint64_t bits) {
  if (bits == 0) return "none";
  const std::uint64_t missing = kernel::kAllCapabilities & ~bits;
  if (missing == 0) return "all";
  if (std::popcount(missing) <= kFewChanges) return "all but " + names_text(missing);
  const std::uint64_t without = kernel::kDockerCapabilities & ~bits;
  const std::uint64_t with = bits & ~kernel::kDockerCapabilities;
  if (std::popcount(without) + std::popcount(with) > kFewChanges) return names_text(bits);
  std::string words = "docker's default";
  if (without != 0) words += " without " + names_text(without);
  if (with != 0) words += (without != 0 ? ", with " : " with ") + names_text(with);
  return words;
}

} // namespace vitrine::query
