// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/lookup.h"
#include "userspace/query/table.h"
#include "userspace/query/value.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::query {

/// A column of one type of objects, declared once for tables, filters and sorting.
struct Column {
  std::string name;    ///< as in JSON where it is a member
  std::string heading; ///< upper case; in lower case it is another name of the column
  std::string doc;
  Kind kind = Kind::text;
  TableSet needs; ///< tables that it looks at beside its own
  /// Of the object in that row of its table.
  std::function<Value(const Lookup&, std::size_t row)> value;
};

/// Whether numbers of the column stand one below the other.
[[nodiscard]] bool right_aligned(const Column& column);

/// Null when there is none of that name.
[[nodiscard]] const Column* find_column(const std::vector<Column>& columns, std::string_view name);

/// Why `name` is no column: with near matches.
[[nodiscard]] tl::unexpected<Error> no_column(const std::vector<Column>& columns,
                                              std::string_view name);

/// The columns that `spec` asks for: "a,b" these, "+a,-b" the `usual` ones with a and without b,
/// "all" every one.
[[nodiscard]] Result<std::vector<const Column*>>
pick_columns(const std::vector<Column>& columns, std::string_view usual, std::string_view spec);

/// The parts of "a,b,c", empty ones left out.
[[nodiscard]] std::vector<std::string_view> split_names(std::string_view spec);

} // namespace vitrine::query
