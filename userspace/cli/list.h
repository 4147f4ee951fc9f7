// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"
#include "userspace/query/table.h"

namespace vitrine::cli {

/// A command that lists the objects of one table: ps, namespaces, …
void declare_list(Parser& parser, query::Table table);

template<query::Table table>
void declare_list_of(Parser& parser) {
  declare_list(parser, table);
}

} // namespace vitrine::cli
