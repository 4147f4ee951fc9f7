// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Columns, filters, sorting and trees over the tables of a snapshot: plain functions of data, the
/// same for the text of a terminal, for JSON and for the terminal interface.
namespace vitrine::query {

/// What a cell holds. std::monostate: could not be known, or there is none ("null").
using List = std::vector<std::string>;
using Value = std::variant<std::monostate, bool, std::uint64_t, double, std::string, List>;

/// What the values of a column are, and so how they are written and compared.
enum class Kind : std::uint8_t {
  text,
  number,
  bytes,        ///< filters take 64M, 1.5G
  microseconds, ///< filters take 250ms, 1.5s
  flag,         ///< "yes" or "no"
  list,
};

/// A limit that is none: greater than every number.
[[nodiscard]] Value unlimited();

[[nodiscard]] bool is_null(const Value& value);

/// "text", "number of bytes", …
[[nodiscard]] std::string_view kind_words(Kind kind);

/// The value in its bytes, not yet escaped: "1.5G", "250ms", "max", "yes", "a, b"; "-" for null.
[[nodiscard]] std::string value_text(Kind kind, const Value& value);

/// What a person wrote, as a value of that kind; of a list: an element. The Error says what is
/// wrong with it.
[[nodiscard]] Result<Value> parse_value(Kind kind, std::string_view text);

/// Order of two values of one column, null after everything else.
[[nodiscard]] std::weak_ordering compare(const Value& a, const Value& b);

} // namespace vitrine::query
