// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/timeline.h"

#include <algorithm>

namespace vitrine::story {
namespace {

/// So many steps wait at most for one group to end: then it is told as far as it has come.
constexpr std::size_t kMaxWaiting = 256;

bool never_joins(GroupKind kind) {
  return kind == GroupKind::directory || kind == GroupKind::cgroup_write;
}

} // namespace

std::size_t Timeline::open_phase(unsigned container, Phase phase, std::uint64_t time_ns) {
  spans_.push_back(
      {.container = container, .phase = phase, .begin_ns = time_ns, .end_ns = time_ns});
  waiting_.push_back({.kind = EntryKind::phase_begins, .span = spans_.size() - 1});
  drain();
  return spans_.size() - 1;
}

void Timeline::close_phase(std::size_t span, std::uint64_t time_ns) {
  spans_[span].end_ns = std::max(spans_[span].begin_ns, time_ns);
  waiting_.push_back({.kind = EntryKind::phase_ends, .span = span});
  drain();
}

std::size_t Timeline::add_past_phase(const PhaseSpan& span) {
  spans_.push_back(span);
  waiting_.push_back({.kind = EntryKind::phase_ends, .span = spans_.size() - 1});
  drain();
  return spans_.size() - 1;
}

void Timeline::add(Step step, const GroupTag& tag, const ProcessKey& process, vitrine_event type,
                   std::size_t span) {
  // Threads of the same process start and probe at any time: that interrupts nothing.
  const bool passing = tag.kind == GroupKind::none && step.weight == Weight::detail;
  bool joined = false;
  for (Entry& entry : waiting_) {
    if (passing || !entry.open || entry.process != process) continue;
    if (!joined && entry.span == span && join_into(entry, step, tag))
      joined = true;
    else if (tag.kind == GroupKind::directory || !same_family(entry.tag.kind, tag.kind))
      close(entry, type);
  }
  if (!joined)
    waiting_.push_back({.span = span,
                        .step = std::move(step),
                        .tag = tag,
                        .process = process,
                        .items = {tag.item},
                        .open = tag.kind != GroupKind::none});
  if (waiting_.size() > kMaxWaiting) close(waiting_.front(), VITRINE_EVENT_NONE);
  drain();
}

bool Timeline::join_into(Entry& entry, const Step& step, const GroupTag& tag) {
  if (!join_ || never_joins(tag.kind) || entry.tag.kind != tag.kind ||
      entry.tag.subject != tag.subject || entry.step.outcome != step.outcome ||
      entry.step.result != step.result)
    return false;
  entry.items.push_back(tag.item);
  entry.step.what = group_words(tag.kind, tag.subject, entry.items);
  entry.step.events += step.events;
  entry.step.duration_ns = step.time_ns + step.duration_ns - entry.step.time_ns;
  return true;
}

/// `next` is what the process did after it: it may say what the calls were for.
void Timeline::close(Entry& entry, vitrine_event next) {
  if (!entry.open) return;
  entry.open = false;
  Step& step = entry.step;
  if (entry.tag.kind == GroupKind::path_search && next == VITRINE_EVENT_process_exec)
    step.outcome = Outcome::probe;
  if (entry.tag.kind == GroupKind::path_search && step.events > 1 && step.outcome == Outcome::probe)
    step.result.clear(); // the sentence says it
  const bool about_root = step.phase == Phase::pivot || next == VITRINE_EVENT_mount_pivot_root ||
                          next == VITRINE_EVENT_mount_chroot;
  if (entry.tag.kind == GroupKind::directory && step.outcome == Outcome::ok && !about_root)
    step.weight = Weight::detail;
}

void Timeline::settle() {
  for (Entry& entry : waiting_)
    close(entry, VITRINE_EVENT_NONE);
  drain();
}

void Timeline::drain() {
  while (!waiting_.empty() && !waiting_.front().open) {
    tell(waiting_.front());
    waiting_.pop_front();
  }
}

void Timeline::tell(const Entry& entry) {
  PhaseSpan& span = spans_[entry.span];
  switch (entry.kind) {
  case EntryKind::phase_begins:
    listener_.phase_begins(span);
    return;
  case EntryKind::phase_ends:
    listener_.phase_ends(span);
    return;
  case EntryKind::step:
    span.events += entry.step.events;
    if (entry.step.outcome == Outcome::failed) span.failures += entry.step.events;
    listener_.step(entry.step);
  }
}

} // namespace vitrine::story
