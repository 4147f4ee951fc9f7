// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"
#include "userspace/query/select.h"

#include <string>
#include <vector>

namespace vitrine::pages {

/// How rows are listed.
struct ListLayout {
  bool tree = false; ///< each below its parent, with lines before the type's trunk
  bool headings = true;
};

/// The rows, which select() gave, as a table of the columns that the query shows.
[[nodiscard]] std::string list_text(const query::ObjectType& type, const query::Query& query,
                                    const query::Lookup& lookup,
                                    const std::vector<std::size_t>& rows, const ListLayout& layout,
                                    const output::TextStyle& style);

/// What columns there are, and what they mean.
[[nodiscard]] std::string columns_text(const query::ObjectType& type,
                                       const output::TextStyle& style);

} // namespace vitrine::pages
