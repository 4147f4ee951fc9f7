// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/story.h"
#include "userspace/events/field.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/text.h"
#include "userspace/story/naming.h"
#include "userspace/story/outcome.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace vitrine::story {
namespace {

using events::Record;

/// A call's text with its arrows and cuts as the signs of text.h. The same characters in foreign
/// text are shown as signs, too: nothing is lost.
std::string with_signs(std::string text) {
  constexpr std::pair<std::string_view, char> kSigns[] = {{"→", kArrow}, {"…", kEllipsis}};
  for (const auto& [written, sign] : kSigns)
    for (std::size_t at = 0; (at = text.find(written, at)) != std::string::npos; ++at)
      text.replace(at, written.size(), 1, sign);
  return text;
}

std::string result_words(const Record& record, Outcome outcome) {
  const std::int64_t result = record.header().result;
  if (outcome != Outcome::ok) {
    if (!events::is_failure(record)) return {};
    std::string words = errno_words(result);
    if (const auto* call = record.as<ev_mount_fsconfig>(); call && present(record, call->message))
      words += " (the kernel says: " + text_of(record, call->message) + ")";
    return words;
  }
  return record.schema().returns == events::Returns::fd ? fmt::format("fd {}", result)
                                                        : std::string();
}

/// Whether a container may be known by more than before.
bool may_identify(const Record& record) {
  return namespace_change(record) || record.as<ev_cgroup_attach>() != nullptr ||
         record.as<ev_mount_pivot_root>() != nullptr;
}

} // namespace

Story::Story(StoryOptions options, Listener& listener)
    : options_(options),
      listener_(listener),
      timeline_(listener, !options.every_event),
      attribution_(options.selected) {}

std::uint64_t Story::since_start(std::uint64_t time_ns) const {
  return time_ns > start_.time_ns ? time_ns - start_.time_ns : 0;
}

void Story::start(const events::StreamStart& start) {
  start_ = start;
  attribution_.start(start);
  listener_.begin(start);
  makings_.start(start);
  for (const auto& [index, making] : makings_.all())
    if (!making.names().id.empty()) announce(making);
}

void Story::event(const Record& record) {
  const events::Belonging belonging = attribution_.of(record);
  if (!belonging.shown) return;
  learn_overlay_use(overlays_, record);
  // A look after the end is no step of anybody: the summary tells it.
  if (record.as<ev_overlay_layer_check>() != nullptr) return;
  Process& caller = tree_.of(record);
  const ProcessKey key = caller.key;
  now_ns_ = since_start(record.header().time_ns);
  TimelineEvent event = told(record, caller);
  if (Making* known = makings_.identify(record, caller, belonging, now_ns_)) introduce(*known);
  if (const auto child = new_process(record))
    if (Process* made = tree_.add_child(caller, *child)) makings_.add_child(*made);
  if (const Container* begun = makings_.recognise(record, caller, now_ns_)) introduce(*begun);
  makings_.advance(record, caller, now_ns_);
  facts_.learn(record, caller);
  requests_.learn(record);

  const Place place = makings_.place_of(caller, belonging);
  event.step.container = place.container;
  event.step.guessed = belonging.guessed && place.container != 0;
  event.step.phase = place.making.phase;
  event.span = place.making.span;
  for (const ChainPart& last : chains_.ended_by(record, key))
    timeline_.end_chain(last);
  event.part = chains_.follow(record, key);
  if (options_.every_event && event.part.chain != 0 && !event.part.first) event.step.indent = 1;
  timeline_.add(std::move(event));
  if (may_identify(record)) name_containers();

  if (record.as<ev_process_exit>() == nullptr) return makings_.advance_after(record, key, now_ns_);
  tree_.remove(key);
  for (const Making& old : makings_.take_old())
    forget(old);
}

/// What the event says by itself, `caller` being as it was before.
TimelineEvent Story::told(const Record& record, const Process& caller) {
  Words words = words_for(record, {start_, caller, requests_, options_.every_event});
  TimelineEvent event{.step = {},
                      .group = std::move(words.group),
                      .part = {},
                      .process = caller.key,
                      .type = record.schema().type,
                      .span = {}};
  Step& step = event.step;
  step.time_ns = now_ns_;
  step.duration_ns = record.header().duration_ns;
  step.actor = {escape_text(caller.comm), caller.key.pid, caller.ns_pid, caller.depth};
  step.outcome = outcome_of(record);
  step.weight = step.outcome == Outcome::failed ? Weight::step : words.weight;
  step.verb = std::move(words.verb);
  step.what = std::move(words.what);
  step.result = step.outcome == Outcome::ok && !words.result.empty()
                    ? std::move(words.result)
                    : result_words(record, step.outcome);
  if (options_.raw_calls) step.raw = with_signs(events::call_text(record, start_));
  return event;
}

/// A note that says nothing new to people is no step.
void Story::container(const events::ContainerNote& note) {
  if (!attribution_.learn(note)) return;
  events::ContainerNote& known = notes_[note.engine + " " + note.id];
  const std::string before = note_words(known);
  take_note(known, note);
  const Making* about = nullptr;
  for (auto& [index, making] : makings_.all()) {
    if (!is_about(note, making)) continue;
    name(making, note);
    if (about == nullptr) about = &making;
  }
  if (note_words(known) != before) tell(known, about);
}

bool Story::is_about(const events::ContainerNote& note, const Making& making) {
  if (!making.container) return !note.id.empty() && note.id == making.note.id;
  const Container& container = *making.container;
  if (tells_of(note, container)) return true;
  if (!container.note.id.empty()) return false;
  const Process* init = note.init_pid != 0 ? tree_.find(note.init_pid) : nullptr;
  return init != nullptr && init->inside && !container.entered &&
         makings_.of(*init).number == making.number;
}

/// Gives containers that have appeared meanwhile the notes that came before them.
void Story::name_containers() {
  for (auto& [index, making] : makings_.all())
    if (making.container && making.container->note.name.empty()) take_notes(making);
}

void Story::take_notes(Making& making) {
  for (const auto& [key, note] : notes_)
    if (is_about(note, making)) name(making, note);
}

/// An exec is in a container that may have a name already.
void Story::introduce(const Container& begun) {
  if (!begun.entered) return;
  const Container* entered = makings_.find_container(begun.entered_container);
  if (entered != nullptr) take_note(makings_.find_container(begun.number)->note, entered->note);
  listener_.container_named(begun);
}

/// It has an id now, or a number even before it is a container.
void Story::introduce(Making& known) {
  announce(known);
  take_notes(known);
  makings_.open(known, now_ns_);
}

void Story::announce(const Making& making) {
  if (making.container) return listener_.container_named(*making.container);
  Container expected;
  expected.number = making.number;
  expected.note = making.note;
  listener_.container_named(expected);
}

void Story::name(Making& making, const events::ContainerNote& note) {
  const std::string before = name_of(making.names());
  take_note(making.names(), note);
  if (name_of(making.names()) == before) return;
  announce(making);
  if (!making.container) return;
  for (auto& [index, other] : makings_.all())
    if (other.container && other.container->entered_container == making.number) name(other, note);
}

void Story::tell(const events::ContainerNote& note, const Making* making) {
  const Making& of = making != nullptr ? *making : makings_.all().at(0);
  TimelineEvent event;
  Step& step = event.step;
  step.time_ns = now_ns_;
  step.actor.name = note.engine.empty() ? "engine" : escape_text(note.engine);
  step.actor.engine = true;
  step.container = of.number;
  step.phase = of.phase;
  step.events = 0;
  step.verb = step.actor.name;
  step.what = note_words(note);
  event.span = of.span;
  timeline_.add(std::move(event));
}

/// What is known of a container that came and went long ago.
void Story::forget(const Making& old) {
  const events::ContainerNote& names = old.names();
  if (!old.entered()) notes_.erase(names.engine + " " + names.id);
  if (old.overlay) overlays_.erase(old.overlay->upper);
  if (!old.container) return;
  if (old.container->root) overlays_.erase(old.container->root->upper);
  facts_.forget(*old.container);
  ++forgotten_;
  listener_.container_forgotten(old.number);
}

void Story::end(const events::StreamEnd& end) {
  for (const ChainPart& last : chains_.end())
    timeline_.end_chain(last);
  makings_.end();
  timeline_.settle();
  Summary summary;
  summary.start = start_;
  summary.end = attribution_.selected_counts(end);
  const events::EventCounts& hidden = attribution_.hidden();
  summary.hidden = std::accumulate(hidden.begin(), hidden.end(), std::uint64_t{0});
  summary.forgotten = forgotten_;
  for (auto& [index, making] : makings_.all()) {
    for (const SpanPointer& span : making.spans)
      summary.phases.push_back(*span);
    if (!making.container) continue;
    if (!making.container->root && !making.container->entered)
      making.container->root = making.overlay;
    summary.containers.push_back(*making.container);
  }
  summary.limits = facts_.limits();
  summary.overlays = overlays_;
  std::ranges::stable_sort(summary.phases, std::less<>(), &PhaseSpan::begin_ns);
  std::sort(summary.containers.begin(), summary.containers.end(),
            [](const Container& a, const Container& b) { return a.number < b.number; });
  listener_.end(summary);
}

} // namespace vitrine::story
