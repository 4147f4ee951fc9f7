// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/namespaces/id_map.h"

#include <charconv>

namespace vitrine::namespaces {
namespace {

/// Takes the next number off `rest`.
bool take_number(std::string_view& rest, std::uint32_t& number) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc()) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}

} // namespace

std::optional<std::vector<objects::IdMapping>> id_map_of(std::string_view text) {
  std::vector<objects::IdMapping> map;
  while (!text.empty()) {
    objects::IdMapping& row = map.emplace_back();
    if (!take_number(text, row.inside) || !take_number(text, row.outside) ||
        !take_number(text, row.count) || !text.starts_with('\n'))
      return std::nullopt;
    text.remove_prefix(1);
  }
  return map;
}

} // namespace vitrine::namespaces
