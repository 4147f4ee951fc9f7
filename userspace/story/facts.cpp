// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/facts.h"
#include "userspace/events/field.h"

#include "userspace/story/root_filesystem.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <algorithm>
#include <array>

namespace vitrine::story {
namespace {

using events::Record;

/// Control files that move, stop or watch tasks, or delegate: no limits.
constexpr std::array<std::string_view, 12> kNoLimits = {
    "cgroup.procs",  "tasks",         "cgroup.threads",       "cgroup.subtree_control",
    "devices.allow", "devices.deny",  "notify_on_release",    "cgroup.clone_children",
    "freezer.state", "cgroup.freeze", "cgroup.event_control", "cgroup.kill"};

template<class Event>
const ev_credentials* credentials_of(const Record& record) {
  const auto* call = record.as<Event>();
  return call == nullptr ? nullptr : &call->credentials;
}

template<class Event>
bool learn_overlay(const Record& record, Making& making) {
  const auto* call = record.as<Event>();
  if (call == nullptr) return false;
  RootFilesystem made = root_filesystem_of(record, *call);
  if (!made.lower.empty()) making.overlay = std::move(made);
  return true;
}

/// What a process has of its own passes to the container until its program runs.
void copy_process(Container& container, const Process& process) {
  container.comm = process.comm;
  container.cgroups = process.cgroups;
  container.credentials = process.credentials;
  if (process.namespaces) container.namespaces = *process.namespaces;
}

} // namespace

const ev_credentials* credentials_after(const Record& record) {
  using Reader = const ev_credentials* (*)(const Record&);
  constexpr Reader kReaders[] = {
      credentials_of<ev_process_exec>,       credentials_of<ev_security_setuid>,
      credentials_of<ev_security_setgid>,    credentials_of<ev_security_setreuid>,
      credentials_of<ev_security_setregid>,  credentials_of<ev_security_setresuid>,
      credentials_of<ev_security_setresgid>, credentials_of<ev_security_setfsuid>,
      credentials_of<ev_security_setfsgid>,  credentials_of<ev_security_capset>,
      credentials_of<ev_security_prctl>};
  for (const Reader reader : kReaders)
    if (const ev_credentials* credentials = reader(record)) return credentials;
  return nullptr;
}

void Facts::learn(const Record& record, Process& caller) {
  if (const ev_credentials* credentials = credentials_after(record))
    caller.credentials = *credentials;
  if (events::is_failure(record)) return;
  learn_namespaces(record, caller);
  learn_cgroups(record);
  learn_limit(record);
  learn_id_map(record);
  Making& making = makings_.at(caller.making);
  learn_root(record, making, caller);
  learn_program(record, making, caller);
}

void Facts::learn_namespaces(const Record& record, Process& caller) {
  const bool own =
      record.as<ev_namespace_unshare>() != nullptr || record.as<ev_namespace_setns>() != nullptr;
  // Other threads than the main one leave alone.
  if (!own || record.header().tid != record.header().pid) return;
  const auto change = namespace_change(record);
  const ev_namespaces had = caller.namespaces.value_or(change->before);
  caller.namespaces = change->after;
  // A process stays in its pid namespace; unshare and setns choose that of its children.
  caller.namespaces->pid = had.pid;
}

void Facts::learn_cgroups(const Record& record) {
  if (const auto* call = record.as<ev_process_clone3>()) {
    Process* child = tree_.find({call->child_pid, call->child_start_ns});
    const std::string_view path = record.string(call->cgroup_path).text;
    if (child != nullptr && !path.empty()) child->cgroups[0] = path;
    return;
  }
  const auto* call = record.as<ev_cgroup_attach>();
  if (call == nullptr) return;
  Process* moved = tree_.find(call->target_pid);
  if (moved == nullptr) return;
  moved->cgroups[call->hierarchy] = record.string(call->path).text;
  const Making& making = makings_.at(moved->making);
  if (making.container && making.container->init_known && making.container->init == moved->key)
    makings_.at(moved->making).container->cgroups = moved->cgroups;
}

void Facts::learn_limit(const Record& record) {
  const auto* call = record.as<ev_cgroup_write>();
  if (call == nullptr) return;
  const std::string_view file = record.string(call->file).text;
  if (std::find(kNoLimits.begin(), kNoLimits.end(), file) != kNoLimits.end()) return;
  std::string asked(record.string(call->text).text);
  while (asked.ends_with('\n'))
    asked.pop_back();
  auto& limits = limits_[{call->hierarchy, std::string(record.string(call->path).text)}];
  const auto known = std::find_if(limits.begin(), limits.end(),
                                  [&](const Limit& limit) { return limit.file == file; });
  Limit limit{std::string(file), std::move(asked), call->in_force, is_read_back(file)};
  if (known == limits.end())
    limits.push_back(std::move(limit));
  else
    *known = std::move(limit);
}

void Facts::forget(const Container& container) {
  for (const auto& [hierarchy, path] : container.cgroups)
    limits_.erase({hierarchy, path});
}

void Facts::learn_root(const Record& record, Making& making, Process& caller) {
  if (const auto* chdir = record.as<ev_mount_chdir>()) caller.cwd = record.string(chdir->cwd).text;
  if (const auto* fchdir = record.as<ev_mount_fchdir>())
    caller.cwd = record.string(fchdir->cwd).text;
  if (learn_overlay<ev_mount_mount>(record, making) ||
      learn_overlay<ev_mount_fsmount>(record, making) ||
      learn_overlay<ev_mount_move_mount>(record, making) || !making.container)
    return;
  if (const auto* call = record.as<ev_mount_pivot_root>()) {
    making.container->root = root_filesystem_of(record, *call);
    making.container->root->directory = absolute(caller.cwd, record.string(call->new_root).text);
    caller.cwd.clear();
  } else if (const auto* name = record.as<ev_namespace_sethostname>())
    making.container->hostname = record.string(name->nodename).text;
}

void Facts::learn_id_map(const Record& record) {
  const auto* uids = record.as<ev_security_uid_map>();
  const auto* gids = record.as<ev_security_gid_map>();
  if (uids == nullptr && gids == nullptr) return;
  const Process* target = tree_.find(uids != nullptr ? uids->target_pid : gids->target_pid);
  if (target == nullptr || !makings_.at(target->making).container) return;
  Container& container = *makings_.at(target->making).container;
  if (uids != nullptr)
    container.uid_map = events::split_values<ev_id_extent>(record.string(uids->in_force).text);
  if (gids != nullptr)
    container.gid_map = events::split_values<ev_id_extent>(record.string(gids->in_force).text);
}

void Facts::learn_program(const Record& record, Making& making, const Process& caller) {
  if (!making.container || !caller.inside) return;
  Container& container = *making.container;
  const bool is_init = container.init_known && container.init == caller.key;
  if (!container.init_known) copy_process(container, caller);
  const auto* call = record.as<ev_process_exec>();
  if (call == nullptr || !is_init || !container.executable.empty()) return;
  copy_process(container, caller);
  container.executable = record.string(call->executable).text;
  container.argv.clear();
  for (const std::string_view argument : events::split_strings(record.string(call->argv).text))
    container.argv.emplace_back(argument);
}

} // namespace vitrine::story
