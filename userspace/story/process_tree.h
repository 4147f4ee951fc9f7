// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/story/call.h"
#include "userspace/story/container.h"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace vitrine::story {

/// A process of the traced tree. clone(2)'s caller counts as the parent.
struct Process {
  ProcessKey key;
  ProcessKey parent;
  std::string comm;
  std::uint32_t ns_pid = 0;
  std::string cwd;    ///< as it last chose it; empty: it did not
  unsigned depth = 0; ///< generations below the command; a daemon has none, but counts as one below
  bool earlier = false;   ///< it was there before the trace began
  bool archiver = false;  ///< an engine's own helper that unpacks files where it can do no harm
  std::size_t making = 0; ///< index of the container story that it belongs to
  bool inside = false;    ///< of that story's container, not one of the processes that make it
  std::optional<ev_namespaces> namespaces;      ///< nothing: not known
  std::optional<ev_credentials> credentials;    ///< nothing: no call has told yet
  std::map<std::uint32_t, std::string> cgroups; ///< by hierarchy; only moves that were seen
};

/// The processes that live, found by identity; each inherits from its parent as the kernel has it.
class ProcessTree {
public:
  /// The making of processes that nobody here has made.
  std::size_t strangers_making = 0;

  /// Those that were there before the trace began.
  void start(const std::vector<events::EarlierProcess>& processes);

  /// The process that `record` is about; made, from what the header tells, when it is new.
  Process& of(const events::Record& record);

  /// A child that a call has made. Threads are not processes: null.
  Process* add_child(const Process& parent, const NewProcess& child);

  /// Null when no living process has this pid.
  Process* find(std::uint32_t pid);
  Process* find(const ProcessKey& key);

  /// Null when it has gone or never was. Ends at some root, whatever the records said.
  Process* parent_of(const Process& process);

  void remove(const ProcessKey& key);

  [[nodiscard]] std::map<ProcessKey, Process>& all() { return processes_; }

private:
  Process& insert(Process process);

  std::map<ProcessKey, Process> processes_;
  std::unordered_map<std::uint32_t, ProcessKey> by_pid_;
};

} // namespace vitrine::story
