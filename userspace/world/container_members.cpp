// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/container_members.h"

#include "userspace/world/container_path.h"

#include <algorithm>
#include <unordered_map>

namespace vitrine::world {
namespace {

using objects::ContainerId;
using objects::NamespaceKind;
using objects::Process;

constexpr std::size_t kDeepest = 64; // generations looked through for a parent's container

/// Who the containers of processes are, in rounds: each knows what the one before found.
class Members {
public:
  Members(const objects::Snapshot& snapshot, const ContainerEvidence& evidence,
          const InitialNamespaces& initial)
      : processes_(*snapshot.processes),
        evidence_(evidence),
        initial_(initial),
        names_(evidence),
        owner_(processes_.size()) {
    for (std::size_t row = 0; row < processes_.size(); ++row)
      row_of_[processes_[row].id.pid] = row;
  }

  std::map<ContainerId, ContainerFindings> find() {
    for (const events::ContainerNote& note : evidence_.notes)
      found_[{note.engine, note.id}].note = &note;
    by_cgroup();
    by_engine();
    by_pid_namespace();
    by_parent();
    unclaimed();
    for (std::size_t row = 0; row < processes_.size(); ++row)
      if (owner_[row]) found_[*owner_[row]].members.push_back(row);
    for (auto& [id, findings] : found_)
      std::ranges::stable_sort(findings.members, {},
                               [&](std::size_t row) { return processes_[row].id.start_ticks; });
    return std::move(found_);
  }

private:
  void by_cgroup() {
    for (std::size_t row = 0; row < processes_.size(); ++row)
      for (const objects::CgroupPlace& place : processes_[row].cgroups)
        if (auto id = names_.container_of(place.hierarchy, place.path)) {
          found_[*id].in_cgroup = true;
          owner_[row] = std::move(id);
          break;
        }
  }

  void by_engine() {
    for (const events::ContainerNote& note : evidence_.notes) {
      const auto init = row_of_.find(note.init_pid);
      if (init != row_of_.end() && !owner_[init->second])
        owner_[init->second] = ContainerId{note.engine, note.id};
    }
  }

  void by_pid_namespace() {
    std::unordered_map<std::uint32_t, ContainerId> owners;
    for (std::size_t row = 0; row < processes_.size(); ++row)
      if (owner_[row] && initial_.has_left(processes_[row], NamespaceKind::pid))
        owners.try_emplace(*processes_[row].namespaces.pid, *owner_[row]);
    for (std::size_t row = 0; row < processes_.size(); ++row) {
      if (owner_[row] || !processes_[row].namespaces.pid) continue;
      const auto owner = owners.find(*processes_[row].namespaces.pid);
      if (owner != owners.end()) owner_[row] = owner->second;
    }
  }

  [[nodiscard]] bool is_apart(const Process& process) const {
    return initial_.has_left(process, NamespaceKind::pid) ||
           initial_.has_left(process, NamespaceKind::mnt);
  }

  void by_parent() {
    for (std::size_t row = 0; row < processes_.size(); ++row) {
      if (owner_[row] || !is_apart(processes_[row])) continue;
      std::size_t at = row;
      for (std::size_t depth = 0; depth < kDeepest && !owner_[row]; ++depth) {
        const auto parent = row_of_.find(processes_[at].parent_pid);
        if (parent == row_of_.end()) break;
        at = parent->second;
        owner_[row] = owner_[at];
      }
    }
  }

  /// Services often have a mount namespace of their own and nothing else: no container.
  [[nodiscard]] std::optional<objects::NamespaceId> unclaimed_group(const Process& process) const {
    if (initial_.has_left(process, NamespaceKind::pid))
      return objects::NamespaceId{NamespaceKind::pid, *process.namespaces.pid};
    if (!initial_.has_left(process, NamespaceKind::mnt)) return std::nullopt;
    const bool more = std::ranges::any_of(objects::kNamespaceKinds, [&](NamespaceKind kind) {
      return kind != NamespaceKind::mnt && initial_.has_left(process, kind);
    });
    if (!more) return std::nullopt;
    return objects::NamespaceId{NamespaceKind::mnt, *process.namespaces.mnt};
  }

  [[nodiscard]] std::string engine_of(const Process& oldest) const {
    const auto parent = row_of_.find(oldest.parent_pid);
    const bool bwrap = oldest.comm == "bwrap" ||
                       (parent != row_of_.end() && processes_[parent->second].comm == "bwrap");
    return bwrap ? "bubblewrap" : "unshare";
  }

  void unclaimed() {
    std::map<objects::NamespaceId, std::vector<std::size_t>> groups;
    for (std::size_t row = 0; row < processes_.size(); ++row)
      if (!owner_[row])
        if (const auto group = unclaimed_group(processes_[row])) groups[*group].push_back(row);
    for (const auto& [group, rows] : groups) {
      const auto age = [&](std::size_t row) {
        return std::pair(processes_[row].id.start_ticks, processes_[row].id.pid);
      };
      const Process& oldest = processes_[std::ranges::min(rows, {}, age)];
      const ContainerId id{engine_of(oldest), to_text(oldest.id)};
      for (const std::size_t row : rows)
        owner_[row] = id;
    }
  }

  const std::vector<Process>& processes_;
  const ContainerEvidence& evidence_;
  const InitialNamespaces& initial_;
  CgroupNames names_;
  std::unordered_map<std::uint32_t, std::size_t> row_of_; // by pid
  std::vector<std::optional<ContainerId>> owner_;         // by row
  std::map<ContainerId, ContainerFindings> found_;
};

} // namespace

InitialNamespaces::InitialNamespaces(const objects::Snapshot& snapshot) {
  for (const objects::Namespace& space : *snapshot.namespaces)
    if (space.initial) inodes_[static_cast<std::size_t>(space.id.kind)] = space.id.inode;
}

bool InitialNamespaces::has_left(const objects::Process& process,
                                 objects::NamespaceKind kind) const {
  const auto& link = process.namespaces.of(kind);
  const auto& initial = inodes_[static_cast<std::size_t>(kind)];
  return link && initial && *link != *initial;
}

bool InitialNamespaces::is_initial(const objects::NamespaceId& id) const {
  return inodes_[static_cast<std::size_t>(id.kind)] == id.inode;
}

CgroupNames::CgroupNames(const ContainerEvidence& evidence) : evidence_(evidence) {}

std::optional<objects::ContainerId> CgroupNames::container_of(std::uint32_t hierarchy,
                                                              std::string_view path) const {
  const auto own = evidence_.own_cgroups.find(hierarchy);
  const auto mention = container_of_cgroup(
      path, own == evidence_.own_cgroups.end() ? std::string_view() : own->second);
  if (!mention) return std::nullopt;
  for (const events::ContainerNote& note : evidence_.notes) {
    const bool same_engine = mention->engine.empty() || mention->engine == note.engine;
    const bool same_id =
        note.id == mention->id || (is_short_id(mention->id) && note.id.starts_with(mention->id));
    if (same_id && (same_engine || is_full_id(mention->id)))
      return objects::ContainerId{note.engine, note.id};
  }
  return objects::ContainerId{std::string(mention->engine.empty() ? "oci" : mention->engine),
                              std::string(mention->id)};
}

std::map<objects::ContainerId, ContainerFindings> find_members(const objects::Snapshot& snapshot,
                                                               const ContainerEvidence& evidence,
                                                               const InitialNamespaces& initial) {
  return Members(snapshot, evidence, initial).find();
}

} // namespace vitrine::world
