// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/world.h"

/// The parts of apply(), one a subject of the event table.
namespace vitrine::world {

/// What each part is given: the world, the event, and the process that caused it.
struct Change {
  World& world;
  const events::Record& record;
  Process& process;

  /// The call came from the main thread: what it changed of a thread is the process's own.
  [[nodiscard]] bool by_main_thread() const { return record.header().tid == record.header().pid; }
  [[nodiscard]] std::string text(const ev_string& string) const {
    return std::string(record.string(string).text);
  }
};

/// What a call in the main thread tells of the process's own namespaces, pid and time aside.
void take_namespaces(ev_namespaces& own, const ev_namespaces& told);

void apply_process_event(const Change& change);
void apply_namespace_event(const Change& change);
void apply_mount_event(const Change& change);
void apply_cgroup_event(const Change& change);
void apply_security_event(const Change& change);

} // namespace vitrine::world
