// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/makings.h"
#include "userspace/events/field.h"
#include "userspace/world/container_path.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace vitrine::story {
namespace {

using events::Record;

bool differs_apart(const ev_namespaces& a, const ev_namespaces& b) {
  return differs(a, b, VITRINE_NS_MNT) || differs(a, b, VITRINE_NS_PID);
}

/// The id in the names of the cgroups that a process is in; empty: none of them tells.
std::string_view id_in_cgroups(const events::StreamStart& start,
                               const events::EarlierProcess& process) {
  for (const events::CgroupHierarchy& place : process.cgroups) {
    const auto own =
        std::ranges::find(start.hierarchies, place.number, &events::CgroupHierarchy::number);
    const auto mention = world::container_of_cgroup(place.path, own == start.hierarchies.end()
                                                                    ? std::string_view()
                                                                    : std::string_view(own->path));
    if (mention) return mention->id;
  }
  return {};
}

/// Whether the call changed one thread of a process, which stays where it is.
bool changes_thread_only(const Record& record) {
  return !new_process(record) && record.header().tid != record.header().pid;
}

/// moby and containers/storage start themselves anew under these names to handle archives.
bool starts_archiver(const Record& record) {
  constexpr std::array<std::string_view, 6> kNames = {"docker-untar",      "docker-tar",
                                                      "docker-applyLayer", "storage-untar",
                                                      "storage-tar",       "storage-applyLayer"};
  const auto* call = record.as<ev_process_exec>();
  if (call == nullptr || events::is_failure(record)) return false;
  const auto argv = events::split_strings(record.string(call->argv).text);
  return !argv.empty() && std::find(kNames.begin(), kNames.end(), argv.front()) != kNames.end();
}

/// Whether a successful exec by `process` would be that of the container's own program: its first
/// process, or, before that one has started a program, one that is as confined as it gets.
bool may_become_init(const Making& making, const Process& process) {
  if (!process.inside || !making.container || making.container->earlier) return false;
  if (making.container->entered) return !making.container->init_known;
  if (process.ns_pid == 1 || !making.has_first_process) return true;
  return !making.container->init_known && (making.pivoted || making.phase >= Phase::confine);
}

} // namespace

void Makings::start(const events::StreamStart& start) {
  host_ = start.host_namespaces;
  scope_ = start.scope;
  start_ns_ = start.time_ns;
  command_pid_ = start.target_pid;
  tree_.start(start.processes);
  Making& first = all_.at(begin({start.target_pid, 0}));
  const bool command = start.scope == events::Scope::command;
  if (!command) shared_ = 0;
  first.phase = command ? Phase::prepare : Phase::running;
  first.span = timeline_.open_phase(0, first.phase, 0);
  first.spans.push_back(first.span);
  if (command) return;
  for (const events::EarlierProcess& process : start.processes)
    if (process.followed == VITRINE_FOLLOWED_TARGET) add_earlier(process, start);
}

/// A process of a container that runs already. On the whole host many services have a mount
/// namespace of their own, so there it takes a pid namespace.
void Makings::add_earlier(const events::EarlierProcess& process, const events::StreamStart& start) {
  const bool apart = scope_ == events::Scope::all
                         ? differs(process.namespaces, host_, VITRINE_NS_PID)
                         : differs_apart(process.namespaces, host_);
  if (!apart) return;
  Process& known = *tree_.find(ProcessKey{process.pid, process.start_ns});
  const auto same = std::ranges::find_if(all_, [&](const auto& entry) {
    const std::optional<Container>& container = entry.second.container;
    return container && !differs_apart(container->namespaces, process.namespaces);
  });
  known.inside = true;
  if (same != all_.end()) {
    known.making = same->first;
  } else {
    known.making = begin(known.key);
    Container& container = become_container(known, 0);
    container.earlier = true;
    container.namespaces = process.namespaces;
    container.note.id = id_in_cgroups(start, process);
    move_to(of(known), Phase::running, 0);
  }
  Container& container = *of(known).container;
  if (container.init_known && known.ns_pid != 1) return;
  container.init = known.key;
  container.init_known = true;
  container.comm = known.comm;
  container.argv = process.argv;
  container.cgroups = known.cgroups;
}

std::size_t Makings::begin(const ProcessKey& root) {
  const std::size_t index = begun_++;
  Making& making = all_[index];
  making.index = index;
  making.root = root;
  return index;
}

Container* Makings::find_container(unsigned number) {
  for (auto& [index, making] : all_)
    if (making.container && making.container->number == number) return &*making.container;
  return nullptr;
}

const Container* Makings::recognise(const Record& record, Process& caller, std::uint64_t time_ns) {
  if (starts_archiver(record)) caller.archiver = true;
  return record.as<ev_namespace_setns>() != nullptr ? enter_container(record, caller, time_ns)
                                                    : begin_container(record, caller, time_ns);
}

void Makings::advance_after(const Record& record, const ProcessKey& process,
                            std::uint64_t time_ns) {
  if (record.as<ev_process_exec>() == nullptr || events::is_failure(record)) return;
  Making& making = of(*tree_.find(process));
  const bool is_program =
      making.container && making.container->init_known && making.container->init == process;
  if (is_program && making.phase == Phase::exec)
    move_to(making, Phase::running, time_ns + record.header().duration_ns);
}

void Makings::end() {
  for (auto& [index, making] : all_) {
    if (!making.spans.empty()) timeline_.close_phase(making.span, making.last_ns);
    if (!making.container) set_container(making, 0);
  }
}

/// Those that a process works for, and those that one of them may turn out to be of.
std::set<std::size_t> Makings::in_use() const {
  std::set<std::size_t> used{0};
  if (shared_) used.insert(*shared_);
  for (const auto& [key, process] : tree_.all())
    used.insert(process.making);
  return used;
}

std::vector<Making> Makings::take_old() {
  if (all_.size() < std::max(many_, 2 * kKept)) return {};
  std::set<std::size_t> kept = in_use();
  std::vector<const Making*> over;
  for (const auto& [index, making] : all_)
    if (making.number != 0 && !kept.contains(index)) over.push_back(&making);
  std::ranges::stable_sort(over, std::greater<>(), &Making::last_ns);
  if (over.size() > kKept) over.resize(kKept);
  for (const Making* making : over)
    kept.insert(making->index);
  std::vector<Making> old;
  // From the youngest: whom a making is beside of has begun before it.
  for (auto at = all_.end(); at != all_.begin();) {
    --at;
    const Making& making = at->second;
    if (kept.contains(at->first)) {
      if (making.beside) kept.insert(*making.beside);
      continue;
    }
    old.push_back(std::move(at->second));
    at = all_.erase(at);
  }
  many_ = all_.size() + kKept;
  return old;
}

/// A process that got a mount or pid namespace of its own begins a container, or is the next stage
/// of one that is still being made.
Container* Makings::begin_container(const Record& record, Process& caller, std::uint64_t time_ns) {
  const auto change = namespace_change(record);
  if (!change || !differs_apart(change->before, change->after)) return nullptr;
  if (changes_thread_only(record) || caller.archiver) return nullptr;
  Process* first = &caller;
  if (const auto child = new_process(record)) first = tree_.find({child->pid, child->start_ns});
  if (first == nullptr) return nullptr;
  const std::size_t old = first->making;
  const bool nested = first->inside;
  const bool next_stage = nested && all_.at(old).phase < Phase::running;
  Container* made = nullptr;
  if (!next_stage) {
    const std::optional<Container> other = all_.at(old).container;
    const auto beside = std::exchange(all_.at(old).beside, std::nullopt);
    if (other || shared_ == old) branch_off(*first);
    if (other && !nested) separate(old, *first, time_ns);
    if (beside) separate(*beside, *first, time_ns);
    if (other && other->ending && !nested) of(*first).note = other->note; // it was started anew
    made = &become_container(*first, time_ns);
    if (other) made->parent = nested ? other->number : other->parent;
  }
  add_child(*first);
  return made;
}

/// What a daemon starts when a container's story has begun is not that container's for sure: it may
/// be the next one's.
void Makings::add_child(Process& child) {
  const Making& making = of(child);
  const Process* parent = tree_.parent_of(child);
  const bool doubtful = making.container && !making.container->entered && !child.inside &&
                        parent != nullptr && is_daemon(*parent);
  if (!doubtful) return keep_first_process(child);
  const std::size_t other = child.making;
  child.making = begin(child.key);
  all_.at(child.making).beside = other;
}

/// Neither born in the trace nor the command itself.
bool Makings::is_daemon(const Process& process) const {
  return process.parent == ProcessKey{} && process.key.pid != command_pid_;
}

/// What is known of whom an event is about counts more than who caused it, unless it is guessed.
Place Makings::place_of(const Process& caller, const events::Belonging& belonging) {
  const Making& making = of(caller);
  if (caller.inside || making.entered()) return {making, making.number};
  if (const auto told = is_sure(belonging) ? making_of(belonging.container->id) : std::nullopt)
    return {all_.at(*told), all_.at(*told).number};
  if (making.beside) return {all_.at(*making.beside), 0};
  const bool doubtful = belonging.guessed && is_daemon(caller);
  return {making, doubtful ? 0 : making.number};
}

/// The first process of a pid namespace is the container's, for as long as no program says more.
void Makings::keep_first_process(const Process& child) {
  Making& making = of(child);
  if (!child.inside || child.ns_pid != 1 || !making.container) return;
  making.has_first_process = true;
  if (!making.container->init_known) making.container->init = child.key;
}

/// A process from outside that enters another mount namespace than the host's is a visitor of the
/// container that lives there: `docker exec`, nsenter(1).
Container* Makings::enter_container(const Record& record, Process& caller, std::uint64_t time_ns) {
  const auto change = namespace_change(record);
  if (!change || changes_thread_only(record) || caller.inside || caller.earlier) return nullptr;
  if (!differs(change->before, change->after, VITRINE_NS_MNT) ||
      !differs(change->after, host_, VITRINE_NS_MNT))
    return nullptr;
  // The youngest: inodes of namespaces are used again.
  const auto entered = std::find_if(all_.rbegin(), all_.rend(), [&](const auto& entry) {
    const std::optional<Container>& container = entry.second.container;
    return container && !container->entered && container->namespaces.mnt == change->after.mnt;
  });
  const unsigned number = entered == all_.rend() ? 0 : entered->second.number;
  of(caller).beside.reset();
  if (of(caller).container || shared_ == caller.making) branch_off(caller);
  Container& container = become_container(caller, time_ns);
  container.entered = true;
  container.entered_container = number;
  return &container;
}

Container& Makings::become_container(Process& first, std::uint64_t time_ns) {
  Making& making = of(first);
  if (making.spans.empty()) add_past(making, time_ns);
  set_number(making);
  Container& container = making.container.emplace();
  container.number = making.number;
  container.note = making.note;
  container.init = first.key;
  set_makers(making, first);
  first.inside = true;
  making.last_ns = std::max(making.last_ns, time_ns);
  return container;
}

void Makings::set_number(Making& making) {
  if (making.number == 0) making.number = ++containers_;
  set_container(making, making.number);
}

/// The container that all phases so far were for became known.
void Makings::set_container(Making& making, unsigned number) {
  for (const SpanPointer& span : making.spans)
    span->container = number;
}

void Makings::open(Making& making, std::uint64_t time_ns) {
  if (making.spans.empty()) move_to(making, making.phase, time_ns);
}

/// The phase in which the making of a container began, now that it is known to be one.
void Makings::add_past(Making& making, std::uint64_t time_ns) {
  const std::uint64_t began =
      making.root.start_ns > start_ns_ ? making.root.start_ns - start_ns_ : 0;
  if (began >= time_ns) return;
  making.span = timeline_.add_past_phase(
      {.container = 0, .phase = Phase::prepare, .begin_ns = began, .end_ns = time_ns});
  making.spans.push_back(making.span);
}

void Makings::advance(const Record& record, Process& caller, std::uint64_t time_ns) {
  Making& making = of(caller);
  making.last_ns = std::max<std::uint64_t>(making.last_ns, time_ns + record.header().duration_ns);
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
  const bool has_phases = shared_ != caller.making && !making.beside;
  if (const Phase next = phase_after(record, context); next != making.phase && has_phases)
    move_to(making, next, time_ns);
  if (making.phase == Phase::pivot && caller.inside) making.pivoted = true;
  if (candidate && making.phase == Phase::exec && !events::is_failure(record)) {
    making.container->init = caller.key;
    making.container->init_known = true;
    making.container->executable.clear();
  }
  if (record.as<ev_process_exit>() != nullptr) end_container(record, caller, time_ns);
}

void Makings::move_to(Making& making, Phase phase, std::uint64_t time_ns) {
  if (!making.spans.empty()) timeline_.close_phase(making.span, time_ns);
  making.phase = phase;
  making.span = timeline_.open_phase(making.number, phase, time_ns);
  making.spans.push_back(making.span);
  making.last_ns = std::max(making.last_ns, time_ns);
}

/// A container ends with its first program or, when none was started, with its last process.
void Makings::end_container(const Record& record, const Process& caller, std::uint64_t time_ns) {
  Making& making = of(caller);
  if (!making.container || !caller.inside || making.container->ending) return;
  const bool its_own =
      making.container->init_known ? making.container->init == caller.key : last_inside(caller);
  if (!its_own) return;
  const auto* call = record.as<ev_process_exit>();
  making.container->ending = Ending{call->exit_code, call->exit_signal};
  move_to(making, Phase::exit, time_ns);
}

bool Makings::last_inside(const Process& process) const {
  const auto& all = tree_.all();
  return std::none_of(all.begin(), all.end(), [&](const auto& entry) {
    const Process& other = entry.second;
    return other.inside && other.making == process.making && other.key != process.key;
  });
}

} // namespace vitrine::story
