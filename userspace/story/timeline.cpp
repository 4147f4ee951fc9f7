// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/timeline.h"

#include <algorithm>

namespace vitrine::story {
namespace {

/// So many steps wait at most for one group to end: then it is told as far as it has come.
constexpr std::size_t kMaxWaiting = 256;

/// What one call says by itself gives way to what the chain says.
void tell_chain(Step& step, const ChainPart& part) {
  step.verb = part.verb;
  step.what = part.what;
  step.result.clear();
}

bool never_joins(GroupKind kind) {
  return kind == GroupKind::directory || kind == GroupKind::cgroup_write;
}

} // namespace

SpanPointer Timeline::open_phase(unsigned container, Phase phase, std::uint64_t time_ns) {
  auto span = std::make_shared<PhaseSpan>(
      PhaseSpan{.container = container, .phase = phase, .begin_ns = time_ns, .end_ns = time_ns});
  waiting_.push_back({.kind = EntryKind::phase_begins, .span = span});
  drain();
  return span;
}

void Timeline::close_phase(const SpanPointer& span, std::uint64_t time_ns) {
  span->end_ns = std::max(span->begin_ns, time_ns);
  waiting_.push_back({.kind = EntryKind::phase_ends, .span = span});
  drain();
}

SpanPointer Timeline::add_past_phase(const PhaseSpan& past) {
  auto span = std::make_shared<PhaseSpan>(past);
  waiting_.push_back({.kind = EntryKind::phase_ends, .span = span});
  drain();
  return span;
}

void Timeline::add(TimelineEvent event) {
  if (join_ && event.part.chain != 0)
    add_part(std::move(event));
  else
    add_call(std::move(event));
  if (waiting_.size() > kMaxWaiting) close(waiting_.front(), VITRINE_EVENT_NONE);
  drain();
}

void Timeline::add_call(TimelineEvent event) {
  if (meet(event, waiting_.size())) return;
  waiting_.push_back({.span = event.span,
                      .step = std::move(event.step),
                      .tag = event.group,
                      .process = event.process,
                      .items = {event.group.item},
                      .open = event.group.kind != GroupKind::none});
}

/// What failed is told by itself, after what had come before it.
void Timeline::add_part(TimelineEvent event) {
  const std::size_t at = find_chain(event.part.chain);
  if (event.step.outcome != Outcome::ok) {
    if (at < waiting_.size()) waiting_[at].open = false;
    return add_call(std::move(event));
  }
  const bool waits = at < waiting_.size();
  if (waits)
    grow(waiting_[at].step, event.step, event.part.what);
  else
    waiting_.push_back({.span = event.span,
                        .step = std::move(event.step),
                        .process = event.process,
                        .chain = event.part.chain,
                        .open = true});
  if (waits || !event.part.first) tell_chain(waiting_[at].step, event.part);
  if (event.part.whole) finish_chain(at, event.part.group, event.type);
}

void Timeline::end_chain(const ChainPart& last) {
  const std::size_t at = find_chain(last.chain);
  if (at == waiting_.size()) return;
  tell_chain(waiting_[at].step, last);
  finish_chain(at, last.group, VITRINE_EVENT_NONE);
  drain();
}

/// A chain that has come to its end is like one call, and may belong to a group of such.
void Timeline::finish_chain(std::size_t chain, const GroupTag& group, vitrine_event type) {
  Entry& entry = waiting_[chain];
  entry.chain = 0;
  entry.open = false;
  TimelineEvent whole;
  whole.step = entry.step;
  whole.group = group;
  whole.process = entry.process;
  whole.type = type;
  whole.span = entry.span;
  if (meet(whole, chain)) {
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(chain));
    return;
  }
  entry.tag = group;
  entry.items = {group.item};
  entry.open = group.kind != GroupKind::none;
}

std::size_t Timeline::find_chain(std::uint64_t chain) const {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Entry& entry) {
    return entry.open && entry.chain == chain;
  });
  return static_cast<std::size_t>(found - waiting_.begin());
}

/// The groups that wait, of the first `before` entries, meet the next event: it joins one, or it
/// shows that their process does something else.
bool Timeline::meet(const TimelineEvent& event, std::size_t before) {
  // Threads of the same process start and probe at any time: that interrupts nothing.
  if (event.group.kind == GroupKind::none && event.step.weight == Weight::detail) return false;
  bool joined = false;
  for (std::size_t i = 0; i < before; ++i) {
    Entry& entry = waiting_[i];
    if (!entry.open || entry.chain != 0 || entry.process != event.process) continue;
    if (!joined && entry.span == event.span && join_into(entry, event.step, event.group))
      joined = true;
    else if (event.group.kind == GroupKind::directory ||
             !same_family(entry.tag.kind, event.group.kind))
      close(entry, event.type);
  }
  return joined;
}

bool Timeline::join_into(Entry& entry, const Step& step, const GroupTag& tag) {
  if (!join_ || never_joins(tag.kind) || entry.tag.kind != tag.kind ||
      entry.tag.subject != tag.subject || entry.step.outcome != step.outcome ||
      entry.step.result != step.result)
    return false;
  entry.items.push_back(tag.item);
  grow(entry.step, step, group_words(tag.kind, tag.subject, entry.items));
  return true;
}

void Timeline::grow(Step& step, const Step& next, std::string what) {
  step.what = std::move(what);
  step.events += next.events;
  const std::uint64_t end =
      std::max(step.time_ns + step.duration_ns, next.time_ns + next.duration_ns);
  step.duration_ns = end - step.time_ns;
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
  PhaseSpan& span = *entry.span;
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
