// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/world/birth.h"
#include "userspace/world/change.h"

#include <linux/sched.h>

namespace vitrine::world {
namespace {

void inherit(Process& child, const Process& parent, const NewProcess& birth) {
  if (child.comm.empty()) child.comm = parent.comm;
  if (child.executable.empty()) {
    child.executable = parent.executable;
    child.argv = parent.argv;
  }
  if (child.cgroups.empty()) child.cgroups = parent.cgroups;
  if (!child.root_mount) child.root_mount = parent.root_mount;
  const bool new_user = (birth.flags & CLONE_NEWUSER) != 0; // gives every capability
  if (!child.credentials && !new_user) child.credentials = parent.credentials;
}

/// The first processes were made before the trace began: their own calls tell where they live.
void learn_namespaces(const Change& change, const ev_namespaces& before) {
  Process& process = change.process;
  if (process.namespaces.mnt != 0 || !change.by_main_thread()) return;
  take_namespaces(process.namespaces, before);
  process.pid_namespace_for_children = before.pid;
  process.time_namespace_for_children = before.time;
}

/// A child that was heard of before its birth, because the birth came late, keeps what it has done.
Process* add_child(const Change& change, const NewProcess& birth) {
  learn_namespaces(change, birth.before);
  if (birth.thread() || birth.pid == 0) return nullptr;
  const ProcessId id = {birth.pid, birth.start_ns};
  Process& child = change.world.processes[id];
  child.id = id;
  child.parent = (birth.flags & CLONE_PARENT) != 0 ? change.process.parent : change.process.id;
  child.ns_pid = birth.ns_pid;
  if (child.namespaces.mnt == 0) {
    child.namespaces = birth.after;
    child.pid_namespace_for_children = birth.after.pid;
    child.time_namespace_for_children = birth.after.time;
  }
  inherit(child, change.process, birth);
  return &child;
}

void start_in_cgroup(const Change& change, const ev_process_clone3& clone, Process* child) {
  const bool into_cgroup = (clone.flags & CLONE_INTO_CGROUP) != 0;
  if (child == nullptr || !into_cgroup || change.record.string(clone.cgroup_path).text.empty())
    return;
  child->cgroups[0] = {0, change.text(clone.cgroup_path)};
}

void exec(const Change& change, const ev_process_exec& exec) {
  Process& process = change.process;
  process.executable = change.text(exec.executable);
  process.argv.clear();
  for (const std::string_view argument :
       events::split_strings(change.record.string(exec.argv).text))
    process.argv.emplace_back(argument);
  process.credentials = exec.credentials;
  process.threads.clear(); // exec ends all but one
}

} // namespace

void apply_process_event(const Change& change) {
  if (const auto birth = new_process(change.record)) {
    Process* child = add_child(change, *birth);
    if (const auto* clone3 = change.record.as<ev_process_clone3>())
      start_in_cgroup(change, *clone3, child);
  } else if (const auto* executed = change.record.as<ev_process_exec>()) {
    exec(change, *executed);
  } else if (const auto* exit = change.record.as<ev_process_exit>()) {
    change.process.exit = {change.record.header().time_ns, exit->exit_code, exit->exit_signal,
                           exit->core_dumped != 0};
  }
}

} // namespace vitrine::world
