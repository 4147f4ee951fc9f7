// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/story.h"
#include "userspace/events/field.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/text.h"
#include "userspace/story/outcome.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <algorithm>

namespace vitrine::story {
namespace {

using events::Record;

bool sets_apart(const NamespaceChange& change) {
  return differs(change.before, change.after, VITRINE_NS_MNT) ||
         differs(change.before, change.after, VITRINE_NS_PID);
}

/// A call's text with its arrows and cuts as the signs of text.h. The same characters in foreign
/// text are shown as signs, too: nothing is lost.
std::string with_signs(std::string text) {
  constexpr std::pair<std::string_view, char> kSigns[] = {{"→", kArrow}, {"…", kEllipsis}};
  for (const auto& [written, sign] : kSigns)
    for (std::size_t at = 0; (at = text.find(written, at)) != std::string::npos; ++at)
      text.replace(at, written.size(), 1, sign);
  return text;
}

bool contains(const std::vector<ProcessKey>& keys, const ProcessKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
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

/// Whether a successful exec by `process` would be that of the container's own program: its first
/// process, or, before that one has started a program, one that is as confined as it gets.
bool may_become_init(const Making& making, const Process& process) {
  if (!process.inside || !making.container) return false;
  if (process.ns_pid == 1 || !making.has_first_process) return true;
  return !making.container->init_known && (making.pivoted || making.phase >= Phase::confine);
}

} // namespace

Story::Story(StoryOptions options, Listener& listener)
    : options_(options), listener_(listener), timeline_(listener, !options.every_event) {}

std::uint64_t Story::since_start(std::uint64_t time_ns) const {
  return time_ns > start_.time_ns ? time_ns - start_.time_ns : 0;
}

void Story::start(const events::StreamStart& start) {
  start_ = start;
  listener_.begin(start);
  begin_making({start.target_pid, 0});
  makings_.front().span = timeline_.open_phase(0, Phase::prepare, 0);
  makings_.front().spans.push_back(makings_.front().span);
}

std::size_t Story::begin_making(const ProcessKey& root) {
  Making making;
  making.root = root;
  makings_.push_back(std::move(making));
  return makings_.size() - 1;
}

void Story::event(const Record& record) {
  Process& caller = tree_.of(record);
  const Words words = words_for(record, {start_, caller});
  if (const auto child = new_process(record)) {
    if (const Process* made = tree_.add_child(caller, *child); made != nullptr && made->inside)
      makings_[made->making].has_first_process |= made->ns_pid == 1;
  }
  recognise(record, caller);
  advance(record, caller);
  facts_.learn(record, caller);

  const std::uint64_t time_ns = since_start(record.header().time_ns);
  Making& making = makings_[caller.making];
  making.last_ns = std::max<std::uint64_t>(making.last_ns, time_ns + record.header().duration_ns);
  Step step = step_of(record, caller, time_ns);
  step.weight = step.outcome == Outcome::failed ? Weight::step : words.weight;
  step.indent = words.indent;
  step.verb = words.verb;
  step.what = words.what;
  if (step.outcome == Outcome::ok && !words.result.empty()) step.result = words.result;
  const ProcessKey key = caller.key;
  timeline_.add(std::move(step), words.group, key, record.schema().type, making.span);

  if (record.as<ev_process_exit>() != nullptr)
    tree_.remove(key);
  else if (const auto* exec = record.as<ev_process_exec>(); exec && !events::is_failure(record)) {
    if (making.container && making.container->init_known && making.container->init == key &&
        making.phase == Phase::exec)
      move_to(making, Phase::running, time_ns + record.header().duration_ns);
  }
}

void Story::container(const events::ContainerNote& note) {
  notes_[note.id] = note;
}

/// A process that got a mount or pid namespace of its own begins a container, or is the next stage
/// of one that is still being made.
void Story::recognise(const Record& record, Process& caller) {
  const auto change = namespace_change(record);
  if (!change || !sets_apart(*change) || record.as<ev_namespace_setns>() != nullptr) return;
  Process* first = &caller;
  if (const auto child = new_process(record)) first = tree_.find({child->pid, child->start_ns});
  if (first == nullptr) return;
  const std::uint64_t time_ns = since_start(record.header().time_ns);
  const Making& making = makings_[first->making];
  const bool next_stage = first->inside && making.phase < Phase::running;
  if (!next_stage) {
    unsigned parent = 0;
    if (making.container)
      parent = first->inside ? making.container->number : making.container->parent;
    if (making.container) split_making(*first, time_ns);
    become_container(*first, parent, time_ns);
  }
  makings_[first->making].has_first_process |= first->ns_pid == 1;
}

void Story::become_container(Process& first, unsigned parent, std::uint64_t time_ns) {
  Making& making = makings_[first.making];
  Container container;
  container.parent = parent;
  container.number = ++containers_;
  container.init = first.key;
  making.container = std::move(container);
  for (const std::size_t span : making.spans)
    timeline_.set_container(span, containers_);
  for (const Process* one = &first; one != nullptr; one = tree_.find(one->parent))
    making.makers.push_back(one->key);
  first.inside = true;
  making.last_ns = std::max(making.last_ns, time_ns);
}

/// Another container beside the one that `first` was counted to: its story began with the process
/// that the two makers do not have in common. Inside a running container it begins with `first`.
void Story::split_making(Process& first, std::uint64_t time_ns) {
  const std::size_t old = first.making;
  const ProcessKey* root = &first.key;
  if (!first.inside) {
    const auto& makers = makings_[old].makers;
    for (const Process* one = &first; one != nullptr && !contains(makers, one->key);
         one = tree_.find(one->parent))
      root = &one->key;
  }
  const ProcessKey branch = *root;
  const std::size_t made = begin_making(branch);
  const auto comes_from_branch = [&](const Process& process) {
    const Process* one = &process;
    while (one != nullptr && one->key != branch)
      one = tree_.find(one->parent);
    return one != nullptr;
  };
  std::vector<Process*> moved;
  for (auto& [key, process] : tree_.all())
    if (process.making == old && comes_from_branch(process)) moved.push_back(&process);
  for (Process* process : moved)
    process->making = made;
  const std::uint64_t began = since_start(branch.start_ns);
  if (began >= time_ns) return;
  makings_[made].span = timeline_.add_past_phase(
      {.container = 0, .phase = Phase::prepare, .begin_ns = began, .end_ns = time_ns});
  makings_[made].spans.push_back(makings_[made].span);
}

void Story::advance(const Record& record, Process& caller) {
  Making& making = makings_[caller.making];
  const std::uint64_t time_ns = since_start(record.header().time_ns);
  const bool candidate = record.as<ev_process_exec>() != nullptr && may_become_init(making, caller);
  // The first process starts its program at last: what ran before it was a hook.
  if (candidate && making.phase == Phase::running && making.container->init != caller.key &&
      caller.ns_pid == 1)
    move_to(making, Phase::exec, time_ns);
  const PhaseContext context{.current = making.phase,
                             .has_container = making.container.has_value(),
                             .inside = caller.inside,
                             .pivoted = making.pivoted,
                             .may_become_init = candidate};
  if (const Phase next = phase_after(record, context); next != making.phase)
    move_to(making, next, time_ns);
  if (making.phase == Phase::pivot && caller.inside) making.pivoted = true;
  if (candidate && making.phase == Phase::exec && !events::is_failure(record)) {
    making.container->init = caller.key;
    making.container->init_known = true;
    making.container->executable.clear();
  }
  if (record.as<ev_process_exit>() != nullptr) end_container(record, caller);
}

void Story::move_to(Making& making, Phase phase, std::uint64_t time_ns) {
  if (!making.spans.empty()) timeline_.close_phase(making.span, time_ns);
  making.phase = phase;
  making.span =
      timeline_.open_phase(making.container ? making.container->number : 0, phase, time_ns);
  making.spans.push_back(making.span);
}

/// A container ends with its first program or, when none was started, with its last process.
void Story::end_container(const Record& record, const Process& caller) {
  Making& making = makings_[caller.making];
  if (!making.container || !caller.inside || making.container->ending) return;
  const bool its_own =
      making.container->init_known ? making.container->init == caller.key : last_inside(caller);
  if (!its_own) return;
  const auto* call = record.as<ev_process_exit>();
  making.container->ending = Ending{call->exit_code, call->exit_signal};
  move_to(making, Phase::exit, since_start(record.header().time_ns));
}

bool Story::last_inside(const Process& process) {
  const auto& all = tree_.all();
  return std::none_of(all.begin(), all.end(), [&](const auto& entry) {
    const Process& other = entry.second;
    return other.inside && other.making == process.making && other.key != process.key;
  });
}

Step Story::step_of(const Record& record, const Process& caller, std::uint64_t time_ns) const {
  const Making& making = makings_[caller.making];
  Step step;
  step.time_ns = time_ns;
  step.duration_ns = record.header().duration_ns;
  step.actor = {escape_text(caller.comm), caller.key.pid, caller.ns_pid, caller.depth};
  step.container = making.container ? making.container->number : 0;
  step.phase = making.phase;
  step.outcome = outcome_of(record);
  step.result = result_words(record, step.outcome);
  if (options_.raw_calls) step.raw = with_signs(events::call_text(record, start_));
  return step;
}

void Story::end(const events::StreamEnd& end) {
  for (Making& making : makings_)
    if (!making.spans.empty()) timeline_.close_phase(making.span, making.last_ns);
  timeline_.settle();
  Summary summary;
  summary.start = start_;
  summary.end = end;
  summary.phases = timeline_.spans();
  for (Making& making : makings_) {
    if (!making.container) continue;
    if (!making.container->root) making.container->root = making.overlay;
    summary.containers.push_back(*making.container);
  }
  summary.limits = facts_.limits();
  std::sort(summary.containers.begin(), summary.containers.end(),
            [](const Container& a, const Container& b) { return a.number < b.number; });
  listener_.end(summary);
}

} // namespace vitrine::story
