// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/base/unique_fd.h"
#include "userspace/sources/tracer/tracefs.h"

#include <bitset>
#include <string>
#include <vector>

namespace vitrine::tracer {

/// One system call that is watched.
struct WatchedCall {
  vitrine_call call = VITRINE_CALL_NONE;
  long number = -1;       ///< SYS_*; -1 when this architecture has no such call
  const char* tracepoint; ///< suffix of syscalls/sys_enter_*
  const char* subject;    ///< names the programs: SUBJECT_enter and SUBJECT_exit
};

/// Whether any overlay event is wanted.
[[nodiscard]] bool wants_overlays(const std::bitset<VITRINE_EVENT_LIMIT>& wanted);

/// The calls that the wanted events need.
std::vector<WatchedCall> watched_calls(const std::bitset<VITRINE_EVENT_LIMIT>& wanted);

/// A tracepoint as a perf event that a BPF program can be attached to.
struct TracepointEvent {
  UniqueFd event;
  std::string program;                   ///< what to attach
  vitrine_call call = VITRINE_CALL_NONE; ///< its cookie
};

/// Entry and exit of every system call: two events.
Result<std::vector<TracepointEvent>> open_every_call(const Tracefs& tracefs);

/// Entry and exit of each watched call. What this kernel lacks is left out.
Result<std::vector<TracepointEvent>> open_each_call(const Tracefs& tracefs,
                                                    const std::vector<WatchedCall>& calls);

} // namespace vitrine::tracer
