// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/census/census.h"
#include "userspace/sources/census/error_counts.h"
#include "userspace/sources/census/process_directory.h"

#include <vector>

namespace vitrine::census {

/// The processes with these pids, ascending, from /proc, whose descriptor is borrowed; with their
/// threads when those are wanted, without files. Who has gone is left out.
[[nodiscard]] std::vector<objects::Process> read_processes(int proc,
                                                           const std::vector<std::uint32_t>& pids,
                                                           const Wanted& wanted,
                                                           ErrorCounts& errors);
/// All processes.
Result<std::vector<objects::Process>> read_processes(int proc, const Wanted& wanted,
                                                     ErrorCounts& errors);

/// Fills what only /proc tells: executable and arguments when commands are wanted, and the LSM
/// label when security is and `labels` exist on this host.
void read_details(const ProcessDirectory& directory, const Wanted& wanted, bool labels,
                  objects::Process& process, ErrorCounts& errors);

/// Whether an LSM here gives processes labels.
[[nodiscard]] bool has_labels(int proc);

} // namespace vitrine::census
