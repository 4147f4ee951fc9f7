// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/change.h"

namespace vitrine::world {
namespace {

template<class Event>
void add_cgroup(const Change& change, const Event& event) {
  const CgroupId id = {event.hierarchy, event.id};
  if (id.id != 0) change.world.cgroups[id] = {id, change.text(event.path)};
}

/// Of a thread that moved alone only the main one, whose tid is the pid, moves the process.
void attach(const Change& change, const ev_cgroup_attach& attach) {
  const Process* target = attach.target_pid == change.process.id.pid
                              ? &change.process
                              : find_process(change.world, attach.target_pid);
  if (target == nullptr) return;
  Process& moved = change.world.processes.at(target->id);
  moved.cgroups[attach.hierarchy] = {attach.id, change.text(attach.path)};
}

} // namespace

void apply_cgroup_event(const Change& change) {
  if (const auto* mkdir = change.record.as<ev_cgroup_mkdir>()) {
    add_cgroup(change, *mkdir);
  } else if (const auto* rmdir = change.record.as<ev_cgroup_rmdir>()) {
    change.world.cgroups.erase({rmdir->hierarchy, rmdir->id});
  } else if (const auto* attached = change.record.as<ev_cgroup_attach>()) {
    add_cgroup(change, *attached);
    attach(change, *attached);
  } else if (const auto* write = change.record.as<ev_cgroup_write>()) {
    add_cgroup(change, *write);
  }
}

} // namespace vitrine::world
