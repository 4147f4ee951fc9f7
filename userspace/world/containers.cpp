// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/containers.h"

#include "userspace/world/container_members.h"

#include <algorithm>
#include <set>

namespace vitrine::world {
namespace {

using objects::Container;
using objects::ContainerId;
using objects::NamespaceId;
using objects::NamespaceKind;
using objects::Process;
using objects::Snapshot;

/// Whose processes live in each namespace.
using Inhabitants = std::map<NamespaceId, std::set<ContainerId>>;

class Join {
public:
  Join(Snapshot& snapshot, const ContainerEvidence& evidence)
      : snapshot_(snapshot),
        initial_(snapshot),
        names_(evidence),
        found_(find_members(snapshot, evidence, initial_)) {
    for (const auto& [id, findings] : found_)
      for (const std::size_t row : findings.members)
        for (const NamespaceKind kind : objects::kNamespaceKinds)
          if (const auto& link = process(row).namespaces.of(kind))
            inhabitants_[{kind, *link}].insert(id);
  }

  void run() {
    auto& table = snapshot_.containers.emplace();
    for (const auto& [id, findings] : found_)
      table.push_back(container(id, findings));
    mark_processes();
    mark_namespaces();
    if (snapshot_.cgroups) mark_cgroups();
    if (snapshot_.mounts) mark_mounts();
    if (snapshot_.layers) mark_layers();
    if (snapshot_.networks) mark_networks();
  }

private:
  [[nodiscard]] Process& process(std::size_t row) const { return (*snapshot_.processes)[row]; }

  /// The engine's word first; else who has pid 1 in there; else the oldest.
  [[nodiscard]] const Process* init_of(const ContainerFindings& findings) const {
    if (findings.note != nullptr && findings.note->init_pid != 0)
      for (const std::size_t row : findings.members)
        if (process(row).id.pid == findings.note->init_pid) return &process(row);
    for (const std::size_t row : findings.members) {
      const Process& member = process(row);
      if (initial_.has_left(member, NamespaceKind::pid) && !member.namespace_pids.empty() &&
          member.namespace_pids.back() == 1)
        return &member;
    }
    return findings.members.empty() ? nullptr : &process(findings.members.front());
  }

  [[nodiscard]] Container container(const ContainerId& id,
                                    const ContainerFindings& findings) const {
    Container container;
    container.id = id;
    container.engine = id.engine;
    container.processes = static_cast<std::uint32_t>(findings.members.size());
    if (!findings.members.empty()) container.sources.emplace_back("processes");
    if (findings.in_cgroup) container.sources.emplace_back("cgroup");
    if (findings.note != nullptr) add_note(container, findings);
    const Process* init = init_of(findings);
    if (init == nullptr) {
      container.status = objects::ContainerStatus::stopped;
      return container;
    }
    container.init = init->id;
    add_namespaces(container, *init, findings);
    add_cgroups(container, *init);
    add_root(container, *init);
    return container;
  }

  static void add_note(Container& container, const ContainerFindings& findings) {
    const events::ContainerNote& note = *findings.note;
    if (!note.name.empty()) container.name = note.name;
    if (!note.image.empty()) container.image = note.image;
    container.sources.emplace_back("files");
    if (!note.error.empty()) container.disagreements.push_back(note.error);
    if (note.init_pid != 0 && findings.members.empty())
      container.disagreements.push_back(
          fmt::format("{}'s files say that process {} runs it, which is not there", note.engine,
                      note.init_pid));
  }

  void add_namespaces(Container& container, const Process& init,
                      const ContainerFindings& findings) const {
    for (const NamespaceKind kind : objects::kNamespaceKinds) {
      const auto& link = init.namespaces.of(kind);
      if (!link) continue;
      objects::ContainerNamespace space{.id = {kind, *link}, .shared_with = {}};
      if (initial_.is_initial(space.id))
        space.sharing = objects::Sharing::host;
      else
        share(space, container.id, findings);
      container.namespaces.push_back(std::move(space));
    }
  }

  void share(objects::ContainerNamespace& space, const ContainerId& self,
             const ContainerFindings& findings) const {
    for (const ContainerId& other : inhabitants_.at(space.id))
      if (other != self) space.shared_with.push_back(other);
    if (!space.shared_with.empty()) {
      space.sharing = objects::Sharing::container;
      return;
    }
    const auto own = std::ranges::count_if(findings.members, [&](std::size_t row) {
      return process(row).namespaces.of(space.id.kind) == space.id.inode;
    });
    const auto* row = objects::find(snapshot_.namespaces, space.id);
    if (row != nullptr && row->processes > static_cast<std::uint64_t>(own))
      space.sharing = objects::Sharing::other;
  }

  /// The topmost cgroup on the way to the process's own that is named after the container.
  void add_cgroups(Container& container, const Process& init) const {
    for (const objects::CgroupPlace& place : init.cgroups) {
      for (std::size_t end = place.path.find('/', 1);; end = place.path.find('/', end + 1)) {
        const std::string path = place.path.substr(0, end);
        if (names_.container_of(place.hierarchy, path) == container.id) {
          add_cgroup(container, place.hierarchy, path);
          break;
        }
        if (end == std::string::npos) break;
      }
    }
  }

  void add_cgroup(Container& container, std::uint32_t hierarchy, const std::string& path) const {
    if (!snapshot_.cgroups) return;
    const auto row = std::ranges::find_if(*snapshot_.cgroups, [&](const objects::Cgroup& cgroup) {
      return cgroup.id.hierarchy == hierarchy && cgroup.path == path;
    });
    if (row == snapshot_.cgroups->end()) return;
    container.cgroups.push_back(row->id);
    if (row->state.frozen == true) container.status = objects::ContainerStatus::paused;
  }

  void add_root(Container& container, const Process& init) const {
    if (!snapshot_.mounts || !init.namespaces.mnt || init.root != "/") return;
    for (const objects::Mount& mount : *snapshot_.mounts)
      if (mount.id.mount_namespace == *init.namespaces.mnt && mount.mount_point == "/" &&
          !mount.covered)
        container.root = mount.id;
  }

  void mark_processes() {
    for (const auto& [id, findings] : found_)
      for (const std::size_t row : findings.members)
        process(row).container = id;
  }

  void mark_namespaces() {
    for (objects::Namespace& space : *snapshot_.namespaces)
      if (const auto those = inhabitants_.find(space.id); those != inhabitants_.end())
        space.containers.assign(those->second.begin(), those->second.end());
  }

  void mark_cgroups() {
    for (objects::Cgroup& cgroup : *snapshot_.cgroups)
      cgroup.container = names_.container_of(cgroup.id.hierarchy, cgroup.path);
  }

  void mark_mounts() {
    for (objects::Mount& mount : *snapshot_.mounts) {
      const NamespaceId space{NamespaceKind::mnt, mount.id.mount_namespace};
      const auto those = inhabitants_.find(space);
      if (those != inhabitants_.end() && !initial_.is_initial(space))
        mount.container = *those->second.begin();
    }
  }

  void mark_layers() {
    for (objects::Layer& layer : *snapshot_.layers)
      for (const Container& container : *snapshot_.containers)
        if (container.root && (std::ranges::count(layer.upper_of, *container.root) != 0 ||
                               std::ranges::count(layer.lower_of, *container.root) != 0))
          layer.containers.push_back(container.id);
  }

  void mark_networks() {
    for (objects::Network& network : *snapshot_.networks) {
      if (const auto those = inhabitants_.find(network.id); those != inhabitants_.end())
        network.containers.assign(those->second.begin(), those->second.end());
      for (objects::Listener& listener : network.listeners)
        if (listener.process)
          if (const auto* owner = objects::find(snapshot_.processes, *listener.process))
            listener.container = owner->container;
    }
  }

  Snapshot& snapshot_;
  InitialNamespaces initial_;
  CgroupNames names_;
  std::map<ContainerId, ContainerFindings> found_;
  Inhabitants inhabitants_;
};

} // namespace

void join_containers(Snapshot& snapshot, const ContainerEvidence& evidence) {
  Join(snapshot, evidence).run();
}

} // namespace vitrine::world
