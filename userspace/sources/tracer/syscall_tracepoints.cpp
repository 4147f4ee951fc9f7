// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/syscall_tracepoints.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

// arm64 has only the newer of these.
#ifndef SYS_fork
#define SYS_fork (-1)
#define SYS_vfork (-1)
#define SYS_open (-1)
#define SYS_creat (-1)
#define SYS_rename (-1)
#define SYS_unlink (-1)
#define SYS_rmdir (-1)
#define SYS_mkdir (-1)
#define SYS_mknod (-1)
#define SYS_symlink (-1)
#define SYS_link (-1)
#define SYS_chmod (-1)
#define SYS_chown (-1)
#define SYS_lchown (-1)
#define SYS_utime (-1)
#define SYS_utimes (-1)
#define SYS_futimesat (-1)
#endif
// Debian 12's headers are older; numbers above 424 are the same everywhere.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
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
#define VITRINE_EVENT_changes                                                                      \
  VITRINE_EVENT_overlay_copy_up, VITRINE_EVENT_overlay_whiteout, VITRINE_EVENT_overlay_opaque,     \
      VITRINE_EVENT_overlay_rename, VITRINE_EVENT_overlay_layer_check
#define CALL(syscall, tracepoint, subject, event)                                                  \
  {{VITRINE_CALL_##syscall, SYS_##syscall, #tracepoint, #subject}, {VITRINE_EVENT_##event}},
const Row kCalls[] = {
#include "bpf/abi/calls.inc"
};
#undef CALL
#undef VITRINE_EVENT_many
constexpr vitrine_event kOverlayEvents[] = {VITRINE_EVENT_changes};
#undef VITRINE_EVENT_changes
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

bool wants_overlays(const std::bitset<VITRINE_EVENT_LIMIT>& wanted) {
  return std::ranges::any_of(kOverlayEvents, [&](vitrine_event type) { return wanted.test(type); });
}

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
