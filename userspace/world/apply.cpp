// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/world/change.h"

#include <cstring>

namespace vitrine::world {
namespace {

/// The process of the event's header, made known if it was not.
Process& process_of(World& world, const ev_header& header) {
  const ProcessId id = {header.pid, header.start_ns};
  const auto [place, is_new] = world.processes.try_emplace(id);
  Process& process = place->second;
  process.id = id;
  if (!process.parent && header.parent_pid != header.pid)
    if (const Process* parent = find_process(world, header.parent_pid)) process.parent = parent->id;
  if (process.ns_pid == 0) process.ns_pid = header.ns_pid;
  if (is_new || header.tid == header.pid)
    process.comm.assign(header.comm, ::strnlen(header.comm, sizeof header.comm));
  return process;
}

} // namespace

void apply(World& world, const events::Record& record) {
  const Change change = {world, record, process_of(world, record.header())};
  if (events::is_failure(record)) return;
  apply_process_event(change);
  apply_namespace_event(change);
  apply_mount_event(change);
  apply_cgroup_event(change);
  apply_security_event(change);
}

} // namespace vitrine::world
