// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_style.h"

#include "userspace/story/text.h"

#include <fmt/format.h>

#include <iterator>

namespace vitrine::output {
namespace {

struct Sign {
  char sign;
  std::string_view unicode;
  std::string_view ascii;
};
constexpr Sign kSigns[] = {
    {story::kArrow, "→", "->"}, {story::kTimes, "×", "x"}, {story::kEllipsis, "…", "..."}};

std::string_view codes_of(Ink ink) {
  switch (ink) {
  case Ink::plain:
    return {};
  case Ink::dim:
    return "\x1b[2m";
  case Ink::bold:
    return "\x1b[1m";
  case Ink::good:
    return "\x1b[32m";
  case Ink::bad:
    return "\x1b[1;31m";
  case Ink::warning:
    return "\x1b[33m";
  case Ink::title:
    return "\x1b[1;36m";
  }
  return {};
}

const Sign* find_sign(char c) {
  for (const Sign& row : kSigns)
    if (row.sign == c) return &row;
  return nullptr;
}

} // namespace

std::string paint(const TextStyle& style, Ink ink, std::string_view text) {
  if (!style.colour || ink == Ink::plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", codes_of(ink), text);
}

std::string shown(const TextStyle& style, std::string_view story_text) {
  std::string out;
  for (const char c : story_text) {
    if (const Sign* row = find_sign(c))
      out += style.unicode ? row->unicode : row->ascii;
    else if (static_cast<unsigned char>(c) < 0x80 || style.unicode)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string rule(const TextStyle& style, std::size_t count) {
  std::string line;
  for (std::size_t i = 0; i < count; ++i)
    line += style.unicode ? "─" : "-";
  return line;
}

std::string duration_text(std::uint64_t nanoseconds) {
  struct Unit {
    double size;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{1e3, "us"}, {1e6, "ms"}, {1e9, "s"}};
  const auto value = static_cast<double>(nanoseconds);
  const Unit* unit = &kUnits[0];
  for (const Unit& larger : kUnits)
    if (value >= larger.size * 0.9995) unit = &larger;
  const double scaled = value / unit->size;
  const int digits = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", scaled, digits, unit->name);
}

std::string milliseconds_text(std::uint64_t nanoseconds) {
  return fmt::format("{:.3f}", static_cast<double>(nanoseconds) / 1e6);
}

} // namespace vitrine::output
