// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/task_records.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <string.h> // strnlen

namespace vitrine::census {
namespace {

constexpr std::uint32_t kExiting = 0x4; // PF_EXITING, include/linux/sched.h

using Places = std::vector<objects::CgroupPlace>;

objects::NamespaceLinks::Link link_of(std::uint32_t inode) {
  return inode != 0 ? objects::NamespaceLinks::Link(inode) : std::nullopt;
}

objects::NamespaceLinks links_of(const vitrine_census_links& links) {
  return {.cgroup = link_of(links.cgroup),
          .ipc = link_of(links.ipc),
          .mnt = link_of(links.mnt),
          .net = link_of(links.net),
          .pid = link_of(links.pid),
          .pid_for_children = link_of(links.pid_for_children),
          .time = link_of(links.time),
          .time_for_children = link_of(links.time_for_children),
          .user = link_of(links.user),
          .uts = link_of(links.uts)};
}

std::string comm_of(const vitrine_census_task& task) {
  return {task.comm, ::strnlen(task.comm, sizeof task.comm)};
}

void read_security(const vitrine_census_task& task, std::span<const std::uint32_t> groups,
                   objects::Process& process) {
  const vitrine_census_security& from = task.security;
  process.no_new_privs = from.no_new_privs != 0;
  if ((task.marks & VITRINE_CENSUS_SECCOMP) != 0 && from.seccomp_mode <= 2)
    process.seccomp = static_cast<objects::SeccompMode>(from.seccomp_mode);
  if ((task.marks & VITRINE_CENSUS_FILTERS) != 0) process.seccomp_filters = from.seccomp_filters;
  objects::Credentials& credentials = process.credentials.emplace();
  credentials.real_uid = from.real_uid;
  credentials.effective_uid = from.effective_uid;
  credentials.saved_uid = from.saved_uid;
  credentials.filesystem_uid = from.filesystem_uid;
  credentials.real_gid = from.real_gid;
  credentials.effective_gid = from.effective_gid;
  credentials.saved_gid = from.saved_gid;
  credentials.filesystem_gid = from.filesystem_gid;
  credentials.inheritable = {from.inheritable};
  credentials.permitted = {from.permitted};
  credentials.effective = {from.effective};
  credentials.bounding = {from.bounding};
  credentials.ambient = {from.ambient};
  credentials.groups.assign(groups.begin(), groups.end());
  std::ranges::sort(credentials.groups);
}

/// One hierarchy's part of a vitrine_census_cgroups: names from the leaf to the root's, which is
/// empty. Takes it off `bytes`; nothing when it is cut.
std::optional<objects::CgroupPlace> take_place(std::string_view& bytes) {
  vitrine_census_cgroup head = {};
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  objects::CgroupPlace place;
  place.hierarchy = head.hierarchy;
  for (;;) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (name.empty()) break;
    place.path.insert(0, name);
    place.path.insert(0, "/");
  }
  if (place.path.empty()) place.path = "/";
  if (head.removed != 0 && head.hierarchy == 0) place.path += " (deleted)"; // as cgroups(7) says
  return place;
}

/// Nothing: the record does not have all of them.
std::optional<Places> read_places(const vitrine_census_cgroups& head, std::string_view bytes) {
  if (head.cut != 0) return std::nullopt;
  Places places;
  while (!bytes.empty()) {
    auto place = take_place(bytes);
    if (!place) return std::nullopt;
    places.push_back(std::move(*place));
  }
  std::ranges::sort(places, {}, &objects::CgroupPlace::hierarchy);
  return places;
}

class Reader {
public:
  explicit Reader(bool security) : security_(security) {}

  void read(std::span<const std::byte> records) {
    vitrine_census_record head = {};
    const std::size_t most = records.size() / sizeof(vitrine_census_task);
    found_.processes.reserve(most);
    found_.gaps.reserve(most);
    rows_.reserve(most);
    while (records.size() >= sizeof head) {
      std::memcpy(&head, records.data(), sizeof head);
      if (head.size < sizeof head || head.size > records.size()) break;
      read_one(head.kind, records.first(head.size));
      records = records.subspan(head.size);
    }
  }

  FoundTasks finish() {
    add_threads();
    add_cgroups();
    return std::move(found_);
  }

private:
  struct Row {
    std::uint64_t css_set = 0;
    bool exiting = false;
  };
  struct FoundThread {
    std::uint32_t pid = 0;
    objects::Thread thread;
  };

  /// A process that ends is at the root of version 1's hierarchies (proc_cgroup_show).
  static void leave_old_hierarchies(Places& places) {
    for (objects::CgroupPlace& place : places)
      if (place.hierarchy != 0) place.path = "/";
  }

  void read_one(std::uint32_t kind, std::span<const std::byte> record) {
    if (kind == VITRINE_CENSUS_TASK && record.size() >= sizeof(vitrine_census_task)) {
      vitrine_census_task task;
      std::memcpy(&task, record.data(), sizeof task);
      std::vector<std::uint32_t> numbers((record.size() - sizeof task) / sizeof(std::uint32_t));
      if (!numbers.empty())
        std::memcpy(numbers.data(), record.data() + sizeof task,
                    numbers.size() * sizeof(std::uint32_t));
      add_task(task, numbers);
    }
    if (kind == VITRINE_CENSUS_CGROUPS && record.size() >= sizeof(vitrine_census_cgroups)) {
      vitrine_census_cgroups head;
      std::memcpy(&head, record.data(), sizeof head);
      const auto bytes = record.subspan(sizeof head);
      if (auto places =
              read_places(head, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}))
        places_[head.css_set] = std::move(*places);
    }
  }

  void add_task(const vitrine_census_task& task, std::span<const std::uint32_t> numbers) {
    if (task.tid != task.pid) {
      threads_.push_back({task.pid,
                          {.tid = task.tid,
                           .start_ticks = ticks_of(task.start_ns),
                           .comm = comm_of(task),
                           .namespaces = links_of(task.links)}});
      return;
    }
    if (task.levels > numbers.size()) return;
    // The kernel gives them in the order of pids.
    if (!found_.processes.empty() && task.pid <= found_.processes.back().id.pid) return;
    rows_.push_back({task.css_set, (task.flags & kExiting) != 0});
    Gaps& gaps = found_.gaps.emplace_back();
    gaps.root = (task.marks & VITRINE_CENSUS_PLAIN_ROOT) == 0;
    gaps.groups = (task.marks & VITRINE_CENSUS_CUT) != 0;
    objects::Process& process = found_.processes.emplace_back();
    process.id = {.pid = task.pid, .start_ticks = ticks_of(task.start_ns)};
    process.parent_pid = task.parent_pid;
    process.comm = comm_of(task);
    process.state = state_letter(task.state, task.exit_state);
    process.namespaces = links_of(task.links);
    const auto levels = numbers.first(task.levels);
    process.namespace_pids.assign(levels.begin(), levels.end());
    if (!gaps.root) process.root = "/";
    if (security_) read_security(task, numbers.subspan(task.levels), process);
  }

  /// Of processes that are there: one may have been missed while it ended.
  void add_threads() {
    std::ranges::sort(threads_, {}, [](const FoundThread& found) {
      return std::pair(found.pid, found.thread.tid);
    });
    auto process = found_.processes.begin();
    const auto end = found_.processes.end();
    for (FoundThread& thread : threads_) {
      while (process != end && process->id.pid < thread.pid)
        ++process;
      if (process != end && process->id.pid == thread.pid)
        process->threads.push_back(std::move(thread.thread));
    }
  }

  void add_cgroups() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto places = places_.find(rows_[i].css_set);
      found_.gaps[i].cgroups = places == places_.end();
      if (found_.gaps[i].cgroups) continue;
      found_.processes[i].cgroups = places->second;
      if (rows_[i].exiting) leave_old_hierarchies(found_.processes[i].cgroups);
    }
  }

  bool security_;
  FoundTasks found_;
  std::vector<Row> rows_; // of each process
  std::vector<FoundThread> threads_;
  std::unordered_map<std::uint64_t, Places> places_;
};

} // namespace

FoundTasks read_tasks(std::span<const std::byte> records, bool security) {
  Reader reader(security);
  reader.read(records);
  return reader.finish();
}

char state_letter(std::uint32_t state, std::uint32_t exit_state) {
  constexpr std::uint32_t kReported = 0x7f; // TASK_REPORT
  constexpr std::uint32_t kIdle = 0x402;    // TASK_UNINTERRUPTIBLE | TASK_NOLOAD
  constexpr std::uint32_t kLockWait = 0x1000;
  constexpr std::uint32_t kFrozen = 0x8000;
  constexpr std::string_view kLetters = "RSDTtXZPI";
  std::uint32_t reported = (state | exit_state) & kReported;
  if ((state & kIdle) == kIdle) reported = kReported + 1;
  if ((state & (kLockWait | kFrozen)) != 0) reported = 2; // TASK_UNINTERRUPTIBLE
  return kLetters[static_cast<std::size_t>(std::bit_width(reported))];
}

} // namespace vitrine::census
