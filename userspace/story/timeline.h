// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/group.h"
#include "userspace/story/step.h"

#include <deque>
#include <vector>

namespace vitrine::story {

/// The steps and phases on their way to the listener, in order of time. Calls that belong together
/// wait there until their process does something else, and everything after them waits as well.
class Timeline {
public:
  /// `join`: calls of one group become one step.
  Timeline(Listener& listener, bool join) : listener_(listener), join_(join) {}

  /// A phase begins: its index, for the calls below.
  std::size_t open_phase(unsigned container, Phase phase, std::uint64_t time_ns);
  void close_phase(std::size_t span, std::uint64_t time_ns);
  /// A phase that was only recognised after it was over.
  std::size_t add_past_phase(const PhaseSpan& span);
  /// The container that `span` was for became known.
  void set_container(std::size_t span, unsigned container) { spans_[span].container = container; }

  void add(Step step, const GroupTag& tag, const ProcessKey& process, vitrine_event type,
           std::size_t span);

  /// Tells everything that still waits.
  void settle();

  [[nodiscard]] const std::vector<PhaseSpan>& spans() const { return spans_; }

private:
  enum class EntryKind : std::uint8_t { phase_begins, phase_ends, step };
  struct Entry {
    EntryKind kind = EntryKind::step;
    std::size_t span = 0;
    Step step = {};
    GroupTag tag = {};
    ProcessKey process = {};
    std::vector<std::string> items = {};
    bool open = false;
  };

  bool join_into(Entry& entry, const Step& step, const GroupTag& tag);
  static void close(Entry& entry, vitrine_event next);
  void drain();
  void tell(const Entry& entry);

  Listener& listener_;
  bool join_;
  std::vector<PhaseSpan> spans_;
  std::deque<Entry> waiting_;
};

} // namespace vitrine::story
