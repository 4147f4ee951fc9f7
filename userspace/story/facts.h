// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/process_tree.h"
#include "userspace/story/timeline.h"

#include <map>
#include <optional>
#include <vector>

namespace vitrine::story {

/// A container in the making: those who make it, itself, and how far it has come.
struct Making {
  std::size_t index = 0; ///< in the table
  unsigned number = 0;   ///< of the container; 0: nothing says yet that this is for one
  ProcessKey root;       ///< the process that it began with
  Phase phase = Phase::prepare;
  SpanPointer span;               ///< of the present phase
  std::vector<SpanPointer> spans; ///< all of them
  std::vector<ProcessKey> makers; ///< the container's first process and those that it comes from
  ProcessKey branch;              ///< of the makers the highest that was born for it
  /// Begun by what some daemon started for nobody knows whom: the story that it was counted to
  /// else.
  std::optional<std::size_t> beside;
  events::ContainerNote note;         ///< what is known of the container before it is there
  std::optional<Container> container; ///< once a process got a mount or pid namespace of its own
  bool pivoted = false;
  bool has_first_process = false;        ///< a process is pid 1 of the container's pid namespace
  std::optional<RootFilesystem> overlay; ///< the last one that was mounted for it
  std::uint64_t last_ns = 0; ///< when it was last heard of, since the start of the stream

  [[nodiscard]] bool entered() const { return container && container->entered; }
  [[nodiscard]] const events::ContainerNote& names() const {
    return container ? container->note : note;
  }
  [[nodiscard]] events::ContainerNote& names() { return container ? container->note : note; }
};

/// By an index that stays theirs. In the order in which they began.
using MakingTable = std::map<std::size_t, Making>;

/// Control files of cgroups and the values that were written to them.
using Limits = std::map<CgroupPlace, std::vector<Limit>>;

/// What a record tells for good about processes, containers and cgroups. `caller` is the process of
/// the record, with its making.
class Facts {
public:
  Facts(ProcessTree& tree, MakingTable& makings) : tree_(tree), makings_(makings) {}

  void learn(const events::Record& record, Process& caller);
  [[nodiscard]] const Limits& limits() const { return limits_; }
  /// The limits of a container's own cgroups are of no use any more.
  void forget(const Container& container);

private:
  void learn_namespaces(const events::Record& record, Process& caller);
  void learn_cgroups(const events::Record& record);
  void learn_limit(const events::Record& record);
  static void learn_root(const events::Record& record, Making& making, Process& caller);
  void learn_id_map(const events::Record& record);
  void learn_program(const events::Record& record, Making& making, const Process& caller);

  ProcessTree& tree_;
  MakingTable& makings_;
  Limits limits_;
};

/// The credentials that a call left its caller with, when it tells them.
[[nodiscard]] const ev_credentials* credentials_after(const events::Record& record);

} // namespace vitrine::story
