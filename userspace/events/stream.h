// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/events/record.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::events {

/// One line of /proc/self/cgroup: which controllers a hierarchy number means.
struct CgroupHierarchy {
  std::uint32_t number = 0; ///< 0: version 2
  std::string controllers;  ///< "cpu,cpuacct", "name=systemd"; empty for version 2
  std::string path;         ///< the tracer's own cgroup there
};

/// What is traced.
enum class Scope : std::uint8_t {
  command,   ///< a command with its process tree
  process,   ///< a process that ran already, with what it starts
  container, ///< a container that ran already
  all,       ///< the whole host
};

/// How far the daemons that the traced processes speak to are followed.
enum class FollowDaemons : std::uint8_t {
  no,
  automatic, ///< what they do for the traced processes
  all,       ///< whatever they do meanwhile
};

/// A process that was there before the trace began: the world that the events change.
struct EarlierProcess {
  std::uint32_t pid = 0; ///< in the initial pid namespace
  std::uint64_t start_ns = 0;
  std::uint32_t parent_pid = 0;
  std::uint32_t ns_pid = 0;   ///< in its own pid namespace
  std::uint32_t followed = 0; ///< enum vitrine_followed; 0: only there for its children's sake
  std::string comm;
  std::vector<std::string> argv;
  ev_namespaces namespaces = {};
  std::vector<CgroupHierarchy> cgroups;
};

/// What a stream of events begins with: the world that the numbers in it belong to.
struct StreamStart {
  std::uint64_t time_ns = 0;     ///< CLOCK_BOOTTIME
  std::uint64_t realtime_ns = 0; ///< CLOCK_REALTIME at the same moment
  std::string hostname;
  std::string kernel_release;
  std::string boot_id;
  std::string architecture;
  std::string cgroup_mode; ///< "v1", "v2" or "hybrid"
  Scope scope = Scope::command;
  FollowDaemons follow_daemons = FollowDaemons::automatic;
  std::vector<std::string> command; ///< what is traced; of other scopes: the words that chose it
  std::uint32_t target_pid = 0;     ///< its first process; 0: the whole host
  std::vector<EarlierProcess> processes; ///< followed from the start, with their daemons
  ev_namespaces host_namespaces = {};    ///< the tracer's own
  std::vector<CgroupHierarchy> hierarchies;
  std::vector<std::string> notes; ///< what this kernel cannot tell, in words
};

/// A number for each type of event.
using EventCounts = std::array<std::uint64_t, VITRINE_EVENT_LIMIT>;

/// What a stream ends with: how much of the truth it holds. Kernel counters, read after every probe
/// was detached and the ring was drained.
struct StreamEnd {
  std::uint64_t time_ns = 0; ///< CLOCK_BOOTTIME
  /// False: a recording that ends before its stream did. Then time_ns is that of the last event
  /// there, received the number of events there, and nothing else is known.
  bool complete = true;
  EventCounts emitted = {};
  EventCounts lost = {};           ///< the ring was full
  std::uint64_t untracked = 0;     ///< children or calls for which the kernel gave no memory
  std::uint64_t missed_probes = 0; ///< programs the kernel did not run (recursion)
  std::uint64_t received = 0;      ///< records that reached the reader: emitted, when all is well
  std::uint64_t late = 0;          ///< events that came out of order, after their turn
  int exit_status = 0;             ///< of the traced command, as a shell counts; else 0
};

/// Where a stream of events goes. Calls come in order: start, then events by time with what else
/// became known between them, then end. A recording holds all of it, so that whoever makes his text
/// of these calls alone makes the same text of a recording.
class Sink {
public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  Sink(Sink&&) = delete;
  Sink& operator=(Sink&&) = delete;
  virtual ~Sink() = default;
  virtual void start(const StreamStart& start) = 0;
  virtual void event(const Record& record) = 0;
  /// What an engine told about a container, as soon as it did.
  virtual void container(const ContainerNote& note) = 0;
  /// Nothing has come for a while: what waited for more of its kind may go.
  virtual void pause() = 0;
  virtual void end(const StreamEnd& end) = 0;
};

} // namespace vitrine::events
