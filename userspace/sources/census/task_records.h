// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/census.h"
#include "userspace/objects/process.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// The records of the census's iterators as objects.
namespace vitrine::census {

/// What of a process its record leaves to /proc.
struct Gaps {
  bool root = false;    ///< it is not "/", or there is none
  bool groups = false;  ///< there are more than a record has
  bool cgroups = false; ///< they are more than a record has
};

struct FoundTasks {
  std::vector<objects::Process> processes; ///< by pid, threads in them by tid
  std::vector<Gaps> gaps;                  ///< of each process
};

/// `security` says whether that was asked for. Records of unknown kinds and bytes behind the last
/// whole record are passed over.
[[nodiscard]] FoundTasks read_tasks(std::span<const std::byte> records, bool security);

/// Nanoseconds after boot in the 1/100 s of ProcessId::start_ticks.
[[nodiscard]] constexpr std::uint64_t ticks_of(std::uint64_t ns) {
  return ns / 10'000'000; // USER_HZ is 100
}

/// The letter of proc_pid_stat(5) (include/linux/sched.h, task_state_index).
[[nodiscard]] char state_letter(std::uint32_t state, std::uint32_t exit_state);

} // namespace vitrine::census
