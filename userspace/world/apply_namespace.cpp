// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/change.h"

#include <linux/sched.h>

namespace vitrine::world {

void take_namespaces(ev_namespaces& own, const ev_namespaces& told) {
  own.mnt = told.mnt;
  own.uts = told.uts;
  own.ipc = told.ipc;
  own.net = told.net;
  own.cgroup = told.cgroup;
  own.user = told.user;
}

namespace {

/// pid and time change for the caller's children, the others for the caller at once.
void change_namespaces(const Change& change, const ev_namespaces& after) {
  Process& process = change.process;
  if (!change.by_main_thread()) {
    const auto [thread, is_new] =
        process.threads.try_emplace(change.record.header().tid, process.namespaces);
    return take_namespaces(thread->second, after);
  }
  take_namespaces(process.namespaces, after);
  process.pid_namespace_for_children = after.pid;
  process.time_namespace_for_children = after.time;
}

} // namespace

void apply_namespace_event(const Change& change) {
  if (const auto* unshare = change.record.as<ev_namespace_unshare>()) {
    change_namespaces(change, unshare->after);
    if ((unshare->flags & CLONE_NEWUSER) != 0) change.process.credentials.reset();
  } else if (const auto* setns = change.record.as<ev_namespace_setns>()) {
    change_namespaces(change, setns->after);
    // Unlike unshare(2), setns(2) moves the caller itself to the clocks of a time namespace
    // (kernel/time/namespace.c timens_install).
    if (change.by_main_thread() && setns->after.time != setns->before.time)
      change.process.namespaces.time = setns->after.time;
    if (setns->after.user != setns->before.user) change.process.credentials.reset();
  }
}

} // namespace vitrine::world
