// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/value.h"

#include "userspace/base/text_escape.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace vitrine::query {
namespace {

struct Unit {
  std::string_view name;
  double size;
};

// From small to large.
constexpr Unit kByteUnits[] = {{"", 1},
                               {"K", 1024.0},
                               {"M", 1048576.0},
                               {"G", 1073741824.0},
                               {"T", 1099511627776.0},
                               {"P", 1125899906842624.0}};
constexpr Unit kTimeUnits[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 6e7}, {"h", 3.6e9}};

std::span<const Unit> units_of(Kind kind) {
  if (kind == Kind::bytes) return kByteUnits;
  if (kind == Kind::microseconds) return kTimeUnits;
  return {};
}

double as_double(const Value& value) {
  if (const auto* whole = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return 0;
}

/// Three digits in the largest unit that leaves something before the point.
std::string scaled_text(std::span<const Unit> units, double number) {
  const Unit* unit = units.data();
  for (const Unit& larger : units)
    if (number >= larger.size * 0.9995) unit = &larger;
  const double scaled = number / unit->size;
  const int digits = unit == units.data() || scaled >= 99.95 ? 0 : 1;
  std::string text = fmt::format("{:.{}f}", scaled, digits);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text.append(unit->name);
}

std::string number_text(Kind kind, const Value& value) {
  const auto* number = std::get_if<double>(&value);
  if (number != nullptr && std::isinf(*number)) return "max";
  if (const auto units = units_of(kind); !units.empty())
    return scaled_text(units, as_double(value));
  if (number != nullptr) return fmt::format("{:.2f}", *number);
  return fmt::format("{}", std::get<std::uint64_t>(value));
}

/// The size of the unit that is written behind a number; 0 when `kind` has no such unit.
double unit_size(Kind kind, std::string_view name) {
  if (name.empty()) return 1;
  if (kind == Kind::bytes && name.ends_with('B')) name.remove_suffix(name.ends_with("iB") ? 2 : 1);
  std::string upper(name);
  if (kind == Kind::bytes && upper.size() == 1 && upper[0] >= 'a') upper[0] ^= 0x20;
  for (const Unit& unit : units_of(kind))
    if (unit.name == upper) return unit.size;
  return 0;
}

Result<Value> parse_number(Kind kind, std::string_view text) {
  const auto wrong = [&] {
    return failure("\"{}\" is no {}", escape_text(text), kind_words(kind));
  };
  if (text == "max") return unlimited();
  const char* end = text.data() + text.size();
  std::uint64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && stop == end)
    return Value(whole);
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return wrong();
  const double size = unit_size(kind, {stop, static_cast<std::size_t>(end - stop)});
  if (size == 0) return wrong();
  return Value(number * size);
}

template<class T>
std::weak_ordering order_of(const T& a, const T& b) {
  if (a < b) return std::weak_ordering::less;
  return b < a ? std::weak_ordering::greater : std::weak_ordering::equivalent;
}

/// The value in the order of sorting: numbers of both types are one.
int rank(const Value& value) {
  if (is_null(value)) return 9;
  return std::holds_alternative<double>(value) ? 2 : static_cast<int>(value.index());
}

} // namespace

Value unlimited() {
  return std::numeric_limits<double>::infinity();
}

bool is_null(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

std::string_view kind_words(Kind kind) {
  switch (kind) {
  case Kind::text:
    return "text";
  case Kind::number:
    return "number";
  case Kind::bytes:
    return "number of bytes";
  case Kind::microseconds:
    return "time";
  case Kind::flag:
    return "yes or no";
  case Kind::list:
    return "list";
  }
  return {};
}

std::string value_text(Kind kind, const Value& value) {
  if (is_null(value)) return "-";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* list = std::get_if<List>(&value))
    return fmt::format("{}", fmt::join(*list, ", "));
  return number_text(kind, value);
}

Result<Value> parse_value(Kind kind, std::string_view text) {
  switch (kind) {
  case Kind::text:
  case Kind::list:
    return Value(std::string(text));
  case Kind::flag:
    if (text == "yes" || text == "true") return Value(true);
    if (text == "no" || text == "false") return Value(false);
    return failure("\"{}\" is neither yes nor no", escape_text(text));
  default:
    return parse_number(kind, text);
  }
}

std::weak_ordering compare(const Value& a, const Value& b) {
  if (const auto order = rank(a) <=> rank(b); order != 0) return order;
  if (is_null(a)) return std::weak_ordering::equivalent;
  if (a.index() == b.index()) return order_of(a, b);
  return order_of(as_double(a), as_double(b));
}

} // namespace vitrine::query
