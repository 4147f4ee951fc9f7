// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/snapshot.h"
#include "userspace/query/table.h"

#include <string>

namespace vitrine::cli {

/// The objects that a command shows: of the snapshot in the file `from` ("-": standard input) as it
/// is, or of this host, with these tables, when `from` is empty.
Result<objects::Snapshot> take_snapshot(const std::string& from, query::TableSet tables);

/// Says on standard error what could not be seen.
void report_unseen(const objects::Snapshot& snapshot);

} // namespace vitrine::cli
