// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/events.h"
#include "userspace/world/ids.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::world {

/// How a process ended.
struct Exit {
  std::uint64_t time_ns = 0; ///< CLOCK_BOOTTIME
  int code = 0;              ///< when no signal ended it
  int signal = 0;            ///< 0: it exited by itself
  bool core_dumped = false;
};

/// A process's place in one hierarchy.
struct CgroupPlace {
  std::uint64_t id = 0; ///< 0: not known
  std::string path;     ///< in that hierarchy
};

/// A process as far as the events told. What none has told is empty, zero or without value.
struct Process {
  ProcessId id;
  std::optional<ProcessId> parent; ///< who made it; stays when that one exits
  std::uint32_t ns_pid = 0;        ///< in its own pid namespace
  std::string comm;                ///< of its main thread
  std::string executable;          ///< as the kernel resolved it
  std::vector<std::string> argv;

  /// Its main thread's own namespaces, pid and time included.
  ev_namespaces namespaces = {};
  /// Where its next child will live: unshare(2) and setns(2) move the children, not the caller.
  std::uint32_t pid_namespace_for_children = 0;
  std::uint32_t time_namespace_for_children = 0;
  /// Threads that have left the main thread's namespaces, by tid.
  std::map<std::uint32_t, ev_namespaces> threads;

  std::optional<ev_credentials> credentials;
  std::map<std::uint32_t, CgroupPlace> cgroups; ///< by hierarchy
  std::optional<MountId> root_mount;            ///< since pivot_root(2)
  std::optional<Exit> exit;
};

} // namespace vitrine::world
