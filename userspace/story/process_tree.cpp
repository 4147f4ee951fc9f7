// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/process_tree.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace vitrine::story {
namespace {

std::string comm_of(const ev_header& header) {
  return {header.comm, strnlen(header.comm, sizeof header.comm)};
}

unsigned depth_of_root(unsigned followed) {
  return followed == VITRINE_FOLLOWED_DAEMON ? 1 : 0;
}

} // namespace

void ProcessTree::start(const std::vector<events::EarlierProcess>& processes) {
  std::vector<const events::EarlierProcess*> oldest_first;
  for (const events::EarlierProcess& process : processes)
    oldest_first.push_back(&process);
  std::stable_sort(oldest_first.begin(), oldest_first.end(),
                   [](const auto* a, const auto* b) { return a->start_ns < b->start_ns; });
  for (const events::EarlierProcess* known : oldest_first) {
    Process process;
    process.key = {known->pid, known->start_ns};
    process.comm = known->comm;
    process.ns_pid = known->ns_pid;
    process.earlier = true;
    process.namespaces = known->namespaces;
    for (const events::CgroupHierarchy& cgroup : known->cgroups)
      process.cgroups[cgroup.number] = cgroup.path;
    process.depth = depth_of_root(known->followed);
    if (const Process* parent = find(known->parent_pid)) {
      process.parent = parent->key;
      process.depth = parent->depth + 1;
    }
    insert(std::move(process));
  }
}

Process& ProcessTree::insert(Process process) {
  const ProcessKey key = process.key;
  by_pid_[key.pid] = key;
  return processes_.insert_or_assign(key, std::move(process)).first->second;
}

Process& ProcessTree::of(const events::Record& record) {
  const ev_header& header = record.header();
  const ProcessKey key{header.pid, header.start_ns};
  Process* process = find(key);
  if (process == nullptr) {
    Process stranger;
    if (const Process* parent = find(header.parent_pid)) {
      stranger = *parent;
      stranger.parent = parent->key;
      stranger.depth = parent->depth + 1;
    } else {
      stranger.depth = depth_of_root(header.followed);
      stranger.making = strangers_making;
    }
    stranger.key = key;
    stranger.earlier = false;
    process = &insert(std::move(stranger));
  }
  process->comm = comm_of(header);
  process->ns_pid = header.ns_pid;
  return *process;
}

Process* ProcessTree::add_child(const Process& parent, const NewProcess& child) {
  if (child.thread() || child.pid == 0) return nullptr;
  Process process = parent;
  process.key = {child.pid, child.start_ns};
  process.parent = parent.key;
  process.earlier = false;
  process.depth = parent.depth + 1;
  process.ns_pid = child.ns_pid;
  process.namespaces = child.after;
  return &insert(std::move(process));
}

Process* ProcessTree::find(std::uint32_t pid) {
  const auto found = by_pid_.find(pid);
  return found == by_pid_.end() ? nullptr : find(found->second);
}

Process* ProcessTree::find(const ProcessKey& key) {
  const auto found = processes_.find(key);
  return found == processes_.end() ? nullptr : &found->second;
}

/// Depth grows from parent to child; records of a file that somebody made may say otherwise.
Process* ProcessTree::parent_of(const Process& process) {
  Process* parent = find(process.parent);
  return parent != nullptr && parent->depth < process.depth ? parent : nullptr;
}

void ProcessTree::remove(const ProcessKey& key) {
  processes_.erase(key);
  const auto found = by_pid_.find(key.pid);
  if (found != by_pid_.end() && found->second == key) by_pid_.erase(found);
}

} // namespace vitrine::story
