// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/table.h"

#include <string>
#include <string_view>

namespace vitrine::cli {

/// What the help of a list command says that the others' do not.
struct ListHelp {
  std::string_view command;
  std::string_view tree; ///< what is above what
  std::string_view examples;
};

[[nodiscard]] const ListHelp& list_help(query::Table table);

/// Behind its options: the filter language, its tree, examples.
[[nodiscard]] std::string list_footer(query::Table table);

} // namespace vitrine::cli
