// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/container_id.h"

#include <algorithm>

namespace vitrine::world {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kFullId = 64;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

bool is_container_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return false;
  if (!is_letter_or_digit(text.front()) && text.front() != '_') return false;
  return std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '+' || c == '-' || c == '.';
  });
}

bool is_full_id(std::string_view text) {
  return text.size() == kFullId && is_hexadecimal(text);
}

bool is_short_id(std::string_view text) {
  return text.size() >= kShortId && text.size() < kFullId && is_hexadecimal(text);
}

std::string_view engine_of_namespace(std::string_view containerd_namespace) {
  return containerd_namespace == "moby" ? "docker" : "containerd";
}

} // namespace vitrine::world
