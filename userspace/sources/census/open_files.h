// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/objects/process.h"
#include "userspace/sources/census/error_counts.h"

#include <vector>

namespace vitrine::census {

/// Fills Process::namespace_files from /proc, whose descriptor is borrowed: files
/// of nsfs, sockets of another network namespace than the process's own, and both in flight. Stays
/// without value where its files may not be seen.
void read_files(int proc, objects::Process& process, ErrorCounts& errors);

/// The order of Process::namespace_files; one entry for what is in flight twice.
void sort_files(std::vector<objects::NamespaceFile>& files);

/// The namespace that such a file keeps alive, open. Not valid: it has gone, or may not be opened.
UniqueFd open_namespace(int proc, const objects::ProcessId& process,
                        const objects::NamespaceFile& file);

} // namespace vitrine::census
