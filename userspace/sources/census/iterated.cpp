// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/iterated.h"

#include "userspace/sources/census/namespace_type.h"
#include "userspace/sources/census/open_files.h"
#include "userspace/sources/census/proc_processes.h"
#include "userspace/sources/census/process_directory.h"
#include "userspace/sources/census/task_records.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace vitrine::census {
namespace {

/// A namespace that is freed at that moment can end a walk through the kernel's list early.
constexpr int kWalks = 3;
constexpr std::uint32_t kInitialCgroupNamespace = 0xEFFFFFFBU; // include/linux/proc_ns.h

/// The hierarchies that /proc/PID/cgroup shows. Nothing: paths there begin elsewhere than at the
/// hierarchies' roots, because the reader is in a cgroup namespace.
std::optional<std::set<std::uint32_t>> shown_hierarchies(int proc) {
  const auto self = ProcessDirectory::open(proc, "self");
  if (!self) return std::nullopt;
  const auto link = self->read_link("ns/cgroup");
  const objects::NamespaceId initial{objects::NamespaceKind::cgroup, kInitialCgroupNamespace};
  const auto text = self->read("cgroup");
  if (!link || *link != objects::to_text(initial) || !text) return std::nullopt;
  std::set<std::uint32_t> shown;
  for (const objects::CgroupPlace& place : parse_cgroups(*text))
    shown.insert(place.hierarchy);
  return shown;
}

bool has_ended(const objects::Process& process) {
  return process.state == "Z" || process.state == "X";
}

/// Adds what only /proc tells. False: the process has gone.
class Completion {
public:
  Completion(int proc, const Wanted& wanted, ErrorCounts& errors)
      : proc_(proc),
        wanted_(wanted),
        errors_(errors),
        labels_(wanted.security && has_labels(proc)),
        hierarchies_(shown_hierarchies(proc)) {}

  bool complete(objects::Process& process, const Gaps& gaps) {
    const bool cgroups = gaps.cgroups || !hierarchies_;
    if (!cgroups)
      std::erase_if(process.cgroups,
                    [&](const auto& place) { return !hierarchies_->contains(place.hierarchy); });
    const bool root = gaps.root && !has_ended(process);
    if (!cgroups && !root && !gaps.groups && !wanted_.commands && !labels_) return true;
    const auto directory = ProcessDirectory::open(proc_, process.id);
    if (!directory) return false;
    if (cgroups) read_cgroups(*directory, process);
    if (root) read_root(*directory, process);
    if (gaps.groups) read_status(*directory, process);
    read_details(*directory, wanted_, labels_, process, errors_);
    return true;
  }

private:
  void read_cgroups(const ProcessDirectory& directory, objects::Process& process) {
    const auto text = directory.read("cgroup");
    if (!text) return errors_.add("/proc/PID/cgroup", text.error().code);
    process.cgroups = parse_cgroups(*text);
  }

  void read_root(const ProcessDirectory& directory, objects::Process& process) {
    auto root = directory.read_link("root");
    if (!root) return errors_.add("/proc/PID/root", root.error().code);
    process.root = std::move(*root);
  }

  void read_status(const ProcessDirectory& directory, objects::Process& process) {
    const auto text = directory.read("status");
    objects::Process again;
    if (text && parse_status(*text, true, again)) process.credentials = again.credentials;
  }

  int proc_;
  const Wanted& wanted_;
  ErrorCounts& errors_;
  bool labels_;
  std::optional<std::set<std::uint32_t>> hierarchies_;
};

Result<void> add_hidden(int proc, const Wanted& wanted, Iterated& seen, ErrorCounts& errors) {
  const auto pids = number_names(proc, ".");
  if (!pids) return context(pids.error(), "list the processes in /proc");
  std::vector<std::uint32_t> hidden;
  auto process = seen.processes.begin(); // both are in order
  for (const std::uint32_t pid : *pids) {
    while (process != seen.processes.end() && process->id.pid < pid)
      ++process;
    if (process == seen.processes.end() || process->id.pid != pid) hidden.push_back(pid);
  }
  const auto shown = static_cast<std::ptrdiff_t>(seen.processes.size());
  for (objects::Process& found : read_processes(proc, hidden, wanted, errors)) {
    seen.hidden.insert(found.id);
    seen.processes.push_back(std::move(found));
  }
  std::ranges::inplace_merge(seen.processes, seen.processes.begin() + shown, {},
                             &objects::Process::id);
  return {};
}

std::optional<objects::NamespaceId> id_of(std::uint32_t type, std::uint32_t inode) {
  const auto kind = kind_of_type(type);
  if (!kind || inode == 0) return std::nullopt;
  return objects::NamespaceId{*kind, inode};
}

objects::NamespaceFacts facts_from(objects::NamespaceKind kind,
                                   const vitrine_census_namespace& found) {
  objects::NamespaceFacts facts;
  facts.id = {kind, found.inode};
  facts.unique_id = objects::UniqueId{found.id};
  facts.parent =
      id_of(kind == objects::NamespaceKind::pid ? CLONE_NEWPID : CLONE_NEWUSER, found.parent);
  facts.owner = id_of(CLONE_NEWUSER, found.owner);
  if (kind == objects::NamespaceKind::user) facts.creator_uid = found.creator_uid;
  facts.references = found.references;
  facts.initial = is_initial(found.inode);
  return facts;
}

} // namespace

Result<Iterated> iterate_processes(Iterators& iterators, int proc, const Wanted& wanted,
                                   ErrorCounts& errors) {
  const auto records = iterators.tasks(wanted.threads, wanted.security);
  if (!records) return tl::unexpected(records.error());
  Completion completion(proc, wanted, errors);
  auto [processes, gaps] = read_tasks(*records, wanted.security);
  auto kept = processes.begin();
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (!completion.complete(processes[i], gaps[i])) continue;
    if (&*kept != &processes[i]) *kept = std::move(processes[i]);
    ++kept;
  }
  processes.erase(kept, processes.end());
  Iterated seen{.processes = std::move(processes), .hidden = {}};
  if (auto added = add_hidden(proc, wanted, seen, errors); !added)
    return tl::unexpected(std::move(added).error());
  return seen;
}

Result<void> iterate_files(Iterators& iterators, int proc, Iterated& seen, ErrorCounts& errors) {
  const auto files = iterators.files();
  if (!files) return tl::unexpected(files.error());
  for (objects::Process& process : seen.processes)
    if (seen.hidden.contains(process.id))
      read_files(proc, process, errors);
    else
      process.namespace_files.emplace();
  for (const vitrine_census_file& file : *files) {
    const objects::ProcessId id{file.pid, ticks_of(file.start_ns)};
    const auto process = std::ranges::lower_bound(seen.processes, id, {}, &objects::Process::id);
    if (process == seen.processes.end() || process->id != id) continue; // began since
    if (!process->namespace_files) continue;
    if (const auto namespace_id = id_of(file.type, file.inode))
      process->namespace_files->push_back({.fd = file.fd,
                                           .namespace_id = *namespace_id,
                                           .socket = file.socket != 0,
                                           .in_flight = file.in_flight != 0});
    else
      errors.add("files in flight", std::string("a queue is too long to be looked through"));
  }
  for (objects::Process& process : seen.processes)
    if (process.namespace_files) sort_files(*process.namespace_files);
  return {};
}

bool iterate_namespaces(Iterators& iterators, const std::vector<objects::Process>& processes,
                        NamespaceTable& table) {
  for (int walk = 0; walk < kWalks; ++walk) {
    for (const NamespaceType& row : kNamespaceTypes) {
      const auto found = iterators.namespaces(row.type);
      if (!found) return false;
      for (const vitrine_census_namespace& one : *found)
        table.add(facts_from(row.kind, one));
    }
    if (table.has_all_of(processes)) break;
  }
  return true;
}

} // namespace vitrine::census
