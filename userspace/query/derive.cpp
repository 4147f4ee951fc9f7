// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"

#include <algorithm>

namespace vitrine::query {
namespace {

std::string_view without_unit(std::string_view name) {
  for (const std::string_view unit : {"_bytes", "_usec"})
    if (name.ends_with(unit)) name.remove_suffix(unit.size());
  return name;
}

std::string with_blanks(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

} // namespace

Column named_column(std::string name, std::string_view doc, Kind kind) {
  Column column;
  column.heading = without_unit(name);
  for (char& c : column.heading)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  column.doc = doc.empty() ? with_blanks(name) : std::string(doc);
  column.name = std::move(name);
  column.kind = kind;
  return column;
}

Kind number_kind(std::string_view name) {
  if (name.ends_with("bytes")) return Kind::bytes;
  return name.ends_with("_usec") ? Kind::microseconds : Kind::number;
}

} // namespace vitrine::query
