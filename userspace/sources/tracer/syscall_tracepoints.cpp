// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/syscall_tracepoints.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

// arm64 has neither; Debian 12's headers know all the others.
#ifndef SYS_fork
#define SYS_fork (-1)
#endif
#ifndef SYS_vfork
#define SYS_vfork (-1)
#endif

namespace vitrine::tracer {
namespace {

struct Row {
  WatchedCall call;
  std::initializer_list<int> events; ///< any of them wanted: the call is watched
};

// Writes are told apart by the file that is written.
#define VITRINE_EVENT_many                                                                         \
  VITRINE_EVENT_cgroup_write, VITRINE_EVENT_security_uid_map, VITRINE_EVENT_security_gid_map,      \
      VITRINE_EVENT_security_setgroups, VITRINE_EVENT_security_oom_score_adj,                      \
      VITRINE_EVENT_network_request, VITRINE_EVENT_network_response
#define CALL(syscall, tracepoint, subject, event)                                                  \
  {{VITRINE_CALL_##syscall, SYS_##syscall, #tracepoint, #subject}, {VITRINE_EVENT_##event}},
const Row kCalls[] = {
#include "bpf/abi/calls.inc"
};
#undef CALL
#undef VITRINE_EVENT_many
static_assert(std::size(kCalls) < VITRINE_CALL_LIMIT);

Result<UniqueFd> open_event(std::uint64_t tracepoint) {
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = tracepoint;
  attributes.sample_period = 1;
  // Any one CPU will do: a BPF program on a tracepoint runs on all of them.
  const long fd = ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return os_error(errno, "open a perf event for tracepoint {}", tracepoint);
  return UniqueFd(static_cast<int>(fd));
}

/// Adds the event of one tracepoint to `all`, or nothing when the kernel has no such tracepoint.
Result<void> add_event(std::vector<TracepointEvent>& all, const Tracefs& tracefs,
                       const std::string& tracepoint, std::string program, vitrine_call call) {
  const auto id = tracefs.tracepoint_id(tracepoint);
  if (!id) return {};
  auto event = open_event(*id);
  if (!event) return context(std::move(event).error(), "watch {}", tracepoint);
  all.push_back({std::move(*event), std::move(program), call});
  return {};
}

} // namespace

std::vector<WatchedCall> watched_calls(const std::bitset<VITRINE_EVENT_LIMIT>& wanted) {
  std::vector<WatchedCall> calls;
  for (const Row& row : kCalls)
    if (std::any_of(row.events.begin(), row.events.end(),
                    [&](int type) { return wanted.test(static_cast<std::size_t>(type)); }))
      calls.push_back(row.call);
  return calls;
}

Result<std::vector<TracepointEvent>> open_every_call(const Tracefs& tracefs) {
  std::vector<TracepointEvent> all;
  for (const std::string side : {"enter", "exit"}) {
    auto added = add_event(all, tracefs, "raw_syscalls/sys_" + side, "every_call_" + side,
                           VITRINE_CALL_NONE);
    if (!added) return tl::unexpected(std::move(added).error());
  }
  if (all.size() != 2)
    return with_hint(failure("this kernel has no tracepoints for system calls"),
                     "tracing needs CONFIG_FTRACE_SYSCALLS=y, as all current distributions have");
  return all;
}

Result<std::vector<TracepointEvent>> open_each_call(const Tracefs& tracefs,
                                                    const std::vector<WatchedCall>& calls) {
  std::vector<TracepointEvent> all;
  for (const WatchedCall& call : calls) {
    for (const std::string side : {"enter", "exit"}) {
      auto added = add_event(all, tracefs, fmt::format("syscalls/sys_{}_{}", side, call.tracepoint),
                             std::string(call.subject) + "_" + side, call.call);
      if (!added) return tl::unexpected(std::move(added).error());
    }
  }
  return all;
}

} // namespace vitrine::tracer
