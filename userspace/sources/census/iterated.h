// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/census/census.h"
#include "userspace/sources/census/error_counts.h"
#include "userspace/sources/census/iterators.h"
#include "userspace/sources/census/namespace_facts.h"

#include <set>
#include <vector>

/// What BPF iterators tell, completed from /proc, whose descriptor is borrowed: the same objects
/// as /proc alone gives.
namespace vitrine::census {

struct Iterated {
  std::vector<objects::Process> processes;
  /// Those among them that /proc alone shows: some hosts hide their agent from BPF programs.
  std::set<objects::ProcessId> hidden;
};

/// Processes and threads, without files.
Result<Iterated> iterate_processes(Iterators& iterators, int proc, const Wanted& wanted,
                                   ErrorCounts& errors);

/// Fills Process::namespace_files.
Result<void> iterate_files(Iterators& iterators, int proc, Iterated& seen, ErrorCounts& errors);

/// Adds all that the kernel lists. False: it has no lists.
bool iterate_namespaces(Iterators& iterators, const std::vector<objects::Process>& processes,
                        NamespaceTable& table);

} // namespace vitrine::census
