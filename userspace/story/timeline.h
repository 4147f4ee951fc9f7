// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/mount_chain.h"
#include "userspace/story/step.h"

#include <deque>
#include <memory>
#include <vector>

namespace vitrine::story {

/// A phase is known to those who are in it and to what waits to be told of it.
using SpanPointer = std::shared_ptr<PhaseSpan>;

/// One event on its way: its step, and with what it may be told together.
struct TimelineEvent {
  Step step;
  GroupTag group;
  ChainPart part;
  ProcessKey process;
  vitrine_event type = VITRINE_EVENT_NONE;
  SpanPointer span;
};

/// The steps and phases on their way to the listener, in order of time. Calls that belong together
/// wait there, and everything after them waits as well: a group of like calls until their process
/// does something else, a chain until it is whole. Both then are one step where the first call was.
class Timeline {
public:
  /// `join`: calls that belong together become one step.
  Timeline(Listener& listener, bool join) : listener_(listener), join_(join) {}

  SpanPointer open_phase(unsigned container, Phase phase, std::uint64_t time_ns);
  void close_phase(const SpanPointer& span, std::uint64_t time_ns);
  /// A phase that was only recognised after it was over.
  SpanPointer add_past_phase(const PhaseSpan& past);

  void add(TimelineEvent event);
  /// `last` says what became of a chain that will come no further.
  void end_chain(const ChainPart& last);

  /// Tells everything that still waits.
  void settle();

private:
  enum class EntryKind : std::uint8_t { phase_begins, phase_ends, step };
  struct Entry {
    EntryKind kind = EntryKind::step;
    SpanPointer span;
    Step step = {};
    GroupTag tag = {};
    ProcessKey process = {};
    std::vector<std::string> items = {};
    std::uint64_t chain = 0; ///< of which more parts may come
    bool open = false;
  };

  void add_call(TimelineEvent event);
  void add_part(TimelineEvent event);
  void finish_chain(std::size_t chain, const GroupTag& group, vitrine_event type);
  bool meet(const TimelineEvent& event, std::size_t before);
  [[nodiscard]] std::size_t find_chain(std::uint64_t chain) const;
  bool join_into(Entry& entry, const Step& step, const GroupTag& tag);
  static void grow(Step& step, const Step& next, std::string what);
  static void close(Entry& entry, vitrine_event next);
  void drain();
  void tell(const Entry& entry);

  Listener& listener_;
  bool join_;
  std::deque<Entry> waiting_;
};

} // namespace vitrine::story
