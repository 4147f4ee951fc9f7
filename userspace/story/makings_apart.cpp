// SPDX-License-Identifier: Apache-2.0
// How the stories of containers are told apart that looked like one.
#include "userspace/events/field.h"
#include "userspace/story/makings.h"

#include <algorithm>
#include <utility>

namespace vitrine::story {
namespace {

using events::Record;

bool contains(const std::vector<ProcessKey>& keys, const ProcessKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool starts_program(const Record& record) {
  return record.as<ev_process_exec>() != nullptr && !events::is_failure(record);
}

} // namespace

Making* Makings::identify(const Record& record, Process& caller, const events::Belonging& belonging,
                          std::uint64_t time_ns) {
  if (!is_sure(belonging)) return nullptr;
  const std::string& id = belonging.container->id;
  const bool works = starts_program(record) && !caller.inside && !is_daemon(caller);
  if (const auto known = making_of(id)) {
    if (works) join(caller, *known);
    return nullptr;
  }
  // A program that was started in a container is not the container, but has its name.
  if (std::ranges::any_of(all_, [&](const auto& entry) { return entry.second.names().id == id; }))
    return nullptr;
  if (caller.inside && !of(caller).names().id.empty()) return nullptr;
  const std::size_t begun =
      caller.inside || is_free(caller) ? caller.making : begin_beside(caller, works, time_ns);
  Making& making = all_.at(begun);
  making.names().engine = belonging.container->engine;
  making.names().id = id;
  set_number(making);
  if (const auto beside = std::exchange(making.beside, std::nullopt))
    separate(*beside, caller, time_ns);
  if (works) set_makers(all_.at(begun), caller);
  return &all_.at(begun);
}

/// The youngest: a container may be started anew.
std::optional<std::size_t> Makings::making_of(std::string_view id) const {
  const auto found = std::find_if(all_.rbegin(), all_.rend(), [&](const auto& entry) {
    return entry.second.names().id == id && !entry.second.entered();
  });
  if (found == all_.rend()) return std::nullopt;
  return found->first;
}

/// Whether all that was counted to the making of `caller` may have been for the container that has
/// come up now.
bool Makings::is_free(const Process& caller) const {
  const Making& making = all_.at(caller.making);
  if (shared_ == caller.making || !making.names().id.empty() || making.entered()) return false;
  return !making.container || !is_daemon(caller);
}

void Makings::join(Process& caller, std::size_t making) {
  if (of(caller).entered()) return;
  caller.making = making;
  if (all_.at(making).makers.empty()) set_makers(all_.at(making), caller);
}

/// The story of another container than the one that `caller` was counted to.
std::size_t Makings::begin_beside(Process& caller, bool works, std::uint64_t time_ns) {
  const std::size_t old = caller.making;
  if (works) branch_off(caller);
  const std::size_t made = works ? caller.making : begin({});
  if (all_.at(old).makers.empty())
    share_first(time_ns);
  else if (shared_ != old)
    separate(old, caller, time_ns);
  return made;
}

/// Of the first container nothing but its id is known: all that was counted to it may have been for
/// any of them.
void Makings::share_first(std::uint64_t time_ns) {
  if (shared_) return;
  const std::size_t first = begin({});
  Making& shared = all_.at(0);
  all_.at(first).number = std::exchange(shared.number, 0);
  all_.at(first).note = std::exchange(shared.note, {});
  set_container(shared, 0);
  shared_ = 0;
  open(all_.at(first), time_ns);
}

void Makings::set_makers(Making& making, const Process& first) {
  making.branch = branch_of(first, {});
  making.makers.clear();
  for (const Process* one = &first; one != nullptr; one = tree_.parent_of(*one))
    making.makers.push_back(one->key);
}

/// The process with which the story of a container begins: the highest one above `first` that was
/// born in the trace, other than the command itself, and that is not `taken`.
ProcessKey Makings::branch_of(const Process& first, const std::vector<ProcessKey>& taken) {
  ProcessKey root = first.key;
  for (const Process* one = tree_.parent_of(first); one != nullptr; one = tree_.parent_of(*one)) {
    if (one->earlier || one->parent == ProcessKey{} || contains(taken, one->key)) break;
    root = one->key;
  }
  return root;
}

bool Makings::comes_from(const Process& process, const ProcessKey& ancestor) {
  const Process* one = &process;
  while (one != nullptr && one->key != ancestor)
    one = tree_.parent_of(*one);
  return one != nullptr;
}

/// Another container beside the one that `first` was counted to: its story began with the process
/// that the two makers do not have in common. Inside a running container it begins with `first`.
void Makings::branch_off(Process& first) {
  const std::size_t old = first.making;
  const ProcessKey branch = first.inside ? first.key : branch_of(first, all_.at(old).makers);
  const std::size_t made = begin(branch);
  for (auto& [key, process] : tree_.all())
    if (process.making == old && comes_from(process, branch)) process.making = made;
}

/// As long as there was one container, everything was counted to it. What it has in common with
/// `other`, the first process of another one, belongs to neither.
void Makings::separate(std::size_t making, const Process& other, std::uint64_t time_ns) {
  const std::vector<ProcessKey> makers = all_.at(making).makers;
  const auto common = std::find_if(makers.begin(), makers.end(), [&](const ProcessKey& maker) {
    return comes_from(other, maker);
  });
  if (common == makers.begin()) return;
  const ProcessKey branch = common == makers.end() ? all_.at(making).branch : *(common - 1);
  const std::size_t both = shared(time_ns);
  all_.at(both).makers.insert(all_.at(both).makers.end(), common, makers.end());
  all_.at(making).root = branch;
  for (auto& [key, process] : tree_.all()) {
    if (process.making != making || process.inside || comes_from(process, branch)) continue;
    const Process* top = &process;
    while (const Process* parent = tree_.parent_of(*top))
      top = parent;
    // Whose parent has gone may well have come from the branch.
    if (top->parent == ProcessKey{} || top->earlier) process.making = both;
  }
}

std::size_t Makings::shared(std::uint64_t time_ns) {
  if (shared_) return *shared_;
  shared_ = begin({});
  Making& making = all_.at(*shared_);
  making.span = timeline_.open_phase(0, Phase::prepare, time_ns);
  making.spans.push_back(making.span);
  tree_.strangers_making = *shared_;
  return *shared_;
}

} // namespace vitrine::story
