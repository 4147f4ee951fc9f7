// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/proc_processes.h"

#include <cerrno>
#include <string>
#include <string_view>

namespace vitrine::census {
namespace {

/// A process whose state changed while it was read is read again, so often.
constexpr int kAttempts = 3;

struct LinkName {
  const char* path;
  objects::NamespaceLinks::Link objects::NamespaceLinks::*link;
};

using Links = objects::NamespaceLinks;
constexpr LinkName kLinks[] = {
    {"ns/cgroup", &Links::cgroup}, {"ns/ipc", &Links::ipc},
    {"ns/mnt", &Links::mnt},       {"ns/net", &Links::net},
    {"ns/pid", &Links::pid},       {"ns/pid_for_children", &Links::pid_for_children},
    {"ns/time", &Links::time},     {"ns/time_for_children", &Links::time_for_children},
    {"ns/user", &Links::user},     {"ns/uts", &Links::uts},
};

bool is_gone(int code) {
  return code == ENOENT || code == ESRCH;
}

Links read_links(const ProcessDirectory& directory, std::string_view source, ErrorCounts& errors) {
  Links links;
  int refused = 0;
  for (const LinkName& name : kLinks) {
    const auto target = directory.read_link(name.path);
    objects::NamespaceId id;
    if (target && objects::from_text(*target, id)) links.*name.link = id.inode;
    if (!target && !is_gone(target.error().code)) refused = target.error().code;
  }
  if (refused != 0) errors.add(source, refused); // once a task: all links have the same lock
  return links;
}

std::optional<objects::Thread> read_thread(const ProcessDirectory& directory, ErrorCounts& errors) {
  const auto stat = directory.stat();
  if (!stat) return std::nullopt;
  objects::Thread thread;
  thread.start_ticks = stat->start_ticks;
  thread.comm = stat->comm;
  thread.namespaces = read_links(directory, "/proc/PID/task/TID/ns", errors);
  return thread;
}

std::vector<objects::Thread> read_threads(const ProcessDirectory& directory, std::uint32_t pid,
                                          ErrorCounts& errors) {
  std::vector<objects::Thread> threads;
  const auto tids = directory.numbers("task");
  if (!tids) {
    errors.add("/proc/PID/task", tids.error().code);
    return threads;
  }
  for (const std::uint32_t tid : *tids) {
    if (tid == pid) continue;
    const auto task = ProcessDirectory::open(directory.fd(), "task/" + std::to_string(tid));
    if (!task) continue;
    auto thread = read_thread(*task, errors);
    if (!thread) continue;
    thread->tid = tid;
    threads.push_back(std::move(*thread));
  }
  return threads;
}

/// One look. Without value: it has gone, or what there is of it makes no sense.
std::optional<objects::Process> look(const ProcessDirectory& directory, std::uint32_t pid,
                                     const Wanted& wanted, bool labels, ErrorCounts& errors,
                                     Stat& stat) {
  const auto text = directory.read("stat");
  if (!text) return std::nullopt;
  const auto parsed = parse_stat(*text);
  if (!parsed) {
    errors.add("/proc/PID/stat", std::string("cannot be understood"));
    return std::nullopt;
  }
  stat = *parsed;
  objects::Process process;
  process.id = {.pid = pid, .start_ticks = stat.start_ticks};
  process.parent_pid = stat.parent_pid;
  process.comm = stat.comm;
  process.state = stat.state;
  const auto status = directory.read("status");
  if (!status && is_gone(status.error().code)) return std::nullopt;
  if (!status)
    errors.add("/proc/PID/status", status.error().code);
  else if (!parse_status(*status, wanted.security, process))
    errors.add("/proc/PID/status", std::string("cannot be understood"));
  process.namespaces = read_links(directory, "/proc/PID/ns", errors);
  if (const auto cgroups = directory.read("cgroup"))
    process.cgroups = parse_cgroups(*cgroups);
  else
    errors.add("/proc/PID/cgroup", cgroups.error().code);
  if (auto root = directory.read_link("root"))
    process.root = std::move(*root);
  else
    errors.add("/proc/PID/root", root.error().code);
  if (wanted.threads) process.threads = read_threads(directory, pid, errors);
  read_details(directory, wanted, labels, process, errors);
  return process;
}

std::optional<objects::Process> read_process(int proc, std::uint32_t pid, const Wanted& wanted,
                                             bool labels, ErrorCounts& errors) {
  const auto directory = ProcessDirectory::open(proc, std::to_string(pid));
  if (!directory) return std::nullopt;
  std::optional<objects::Process> process;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Stat stat;
    process = look(*directory, pid, wanted, labels, errors, stat);
    if (!process || stat.ended() || process->root) return process;
    // It may have ended on the way, with only half of it seen.
    const auto now = directory->stat();
    if (!now) return std::nullopt;
    if (!now->ended()) return process;
  }
  return process;
}

} // namespace

std::vector<objects::Process> read_processes(int proc, const std::vector<std::uint32_t>& pids,
                                             const Wanted& wanted, ErrorCounts& errors) {
  const bool labels = wanted.security && has_labels(proc);
  std::vector<objects::Process> processes;
  for (const std::uint32_t pid : pids)
    if (auto process = read_process(proc, pid, wanted, labels, errors))
      processes.push_back(std::move(*process));
  return processes;
}

Result<std::vector<objects::Process>> read_processes(int proc, const Wanted& wanted,
                                                     ErrorCounts& errors) {
  const auto pids = number_names(proc, ".");
  if (!pids) return context(pids.error(), "list the processes in /proc");
  return read_processes(proc, *pids, wanted, errors);
}

bool has_labels(int proc) {
  const auto self = ProcessDirectory::open(proc, "self");
  return self && self->read("attr/current").has_value();
}

void read_details(const ProcessDirectory& directory, const Wanted& wanted, bool labels,
                  objects::Process& process, ErrorCounts& errors) {
  if (wanted.commands) {
    // Neither kernel threads nor processes that have ended have one: both links lead nowhere.
    if (auto executable = directory.read_link("exe"))
      process.executable = std::move(*executable);
    else
      errors.add("/proc/PID/exe", executable.error().code);
    const auto command = directory.read("cmdline");
    if (!command) errors.add("/proc/PID/cmdline", command.error().code);
    if (command && (!command->empty() || process.executable))
      process.command = parse_command(*command);
  }
  if (labels) {
    const auto label = directory.read("attr/current");
    if (label)
      process.lsm_label = label->substr(0, label->find_first_of(std::string_view("\n\0", 2)));
    else
      errors.add("/proc/PID/attr/current", label.error().code);
  }
}

} // namespace vitrine::census
