// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/events/select.h"
#include "userspace/events/stream.h"
#include "userspace/world/birth.h"
#include "userspace/world/known_containers.h"
#include "userspace/world/open_requests.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>

namespace vitrine::world {

/// Says for every event to which container it belongs and, of what daemons do, whether it is for
/// what is traced. Pure: what it says depends on what it was given only.
///
/// The rules, first that fits:
///  1. What a traced process does is shown.
///  2. A process belongs to a container when a runtime, a shim or a monitor for it was started
///  there
///     (runc create X, containerd-shim -id X, conmon -c X), when it was put into its cgroup, when
///     an engine says so, or when its parent belongs to it. What the container's own programs claim
///     is not believed: after pivot_root(2), or the first program that is no runtime, the process
///     stays where it is.
///  3. A daemon belongs to no container. Each of its calls is judged by what it names: a process, a
///     cgroup or a directory of a container. What a daemon starts, and that belongs nowhere yet,
///     belongs to the first container that it names.
///  4. A container is ours when a traced process named it in a request that is no mere look (or
///  made
///     it: the answer has its id) or on a command line, or when a runtime of a container of ours
///     started it (pods). What belongs to a container of ours is shown, as is what belongs to one
///     that an open request is about. All others' is not.
///  5. While a request leaves open which containers it means (a name that nobody has resolved, a
///     build, a client of containerd), containers that come up may be meant: shown, as a guess.
///  6. Work of daemons that names no container is shown while a request is open, as a guess. The
///     container is the one that all open requests are about. An answer to somebody else is his.
class Attribution {
public:
  /// `selected`: the events that are asked for. Others teach, too, but are never shown.
  explicit Attribution(const events::EventSet& selected = events::EventSet().set())
      : selected_(selected) {}
  Attribution(const Attribution&) = delete;
  Attribution& operator=(const Attribution&) = delete;
  Attribution(Attribution&&) = delete;
  Attribution& operator=(Attribution&&) = delete;
  ~Attribution() = default;

  void start(const events::StreamStart& start);
  /// Whether the note is worth showing: about a container of which events are shown, or none at
  /// all.
  bool learn(const events::ContainerNote& note);
  /// To be asked for every record once, in order, also for those that are not shown: each teaches.
  /// The label that the answer points to holds until the next call of any of these.
  events::Belonging of(const events::Record& record);

  /// How many of those asked for were not shown, by type.
  [[nodiscard]] const events::EventCounts& hidden() const { return hidden_; }
  /// The stream's counts as if no other events than the selected had been asked for.
  [[nodiscard]] events::StreamEnd selected_counts(const events::StreamEnd& end) const;

  /// What it has to see to be right about any event.
  [[nodiscard]] static events::EventSet needs();

private:
  struct Process {
    std::uint64_t start_ns = 0;
    KnownContainers::Pointer container = nullptr; ///< that it belongs to
    KnownContainers::Pointer named = nullptr;     ///< that its command line tells, as a client
    bool traced = false;  ///< not just a daemon, or something that one started
    bool daemon = false;  ///< was there before, or came from nowhere
    bool runtime = false; ///< what it says of containers is believed
    bool client = false;  ///< has spoken to an engine
    bool ended = false;
  };
  struct End {
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_ns = 0;
  };

  void add_earlier(const events::EarlierProcess& earlier);
  Process& process_of(const events::Record& record);
  Process& insert(std::uint32_t pid, std::uint64_t start_ns);
  Process* find(std::uint32_t pid);
  void inherit(Process& child, const Process& parent);
  void assign(Process& process, const KnownContainers::Pointer& container);
  void leave(Process& process);
  void end(std::uint32_t pid, Process& process, std::uint64_t time_ns);
  void forget_ended(std::uint64_t now_ns);

  KnownContainers::Pointer learn(const events::Record& record, Process& caller);
  KnownContainers::Pointer asked(const events::Record& record, const ev_network_request& call,
                                 Process& caller);
  KnownContainers::Pointer answered(const events::Record& record, const ev_network_response& call);
  KnownContainers::Pointer executed(const events::Record& record, const ev_process_exec& exec,
                                    Process& caller);
  KnownContainers::Pointer executed_other(std::string_view argv, Process& caller);
  void born(const events::Record& record, const NewProcess& birth, const Process& parent);
  KnownContainers::Pointer moved(const events::Record& record, const ev_cgroup_attach& attach);
  void learn_directories(const events::Record& record, Process& caller);
  KnownContainers::Pointer named_by(const events::Record& record, const Process& caller);
  KnownContainers::Pointer at_path(std::string_view path);
  KnownContainers::Pointer in_cgroup(std::uint32_t hierarchy, std::string_view path);
  KnownContainers::Pointer come_up(const ContainerMention& mention);

  [[nodiscard]] bool may_be_ours(const KnownContainer& container) const;
  bool is_traced_here(const events::Record& record, const Process& caller);
  events::Belonging judge(const events::Record& record, const Process& caller,
                          const KnownContainer* container);

  events::EventSet selected_;
  std::uint64_t left_out_ = 0; ///< events that are not selected
  bool hides_ = true;
  std::map<std::uint32_t, std::string> own_cgroups_; ///< the tracer's, by hierarchy
  KnownContainers containers_;
  OpenRequests requests_{containers_};
  std::unordered_map<std::uint32_t, Process> processes_; ///< by pid; a pid is used again
  std::deque<End> ended_;                                ///< to be forgotten, oldest first
  events::EventCounts hidden_ = {};
};

} // namespace vitrine::world
