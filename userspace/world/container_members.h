// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/containers.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace vitrine::world {

/// What was found of one container.
struct ContainerFindings {
  const events::ContainerNote* note = nullptr; ///< null: no engine's file tells of it
  std::vector<std::size_t> members;            ///< rows of its processes, oldest first
  bool in_cgroup = false;                      ///< a cgroup is named after it
};

/// The namespaces that were made at boot, by kind; without value where none is known as such.
class InitialNamespaces {
public:
  explicit InitialNamespaces(const objects::Snapshot& snapshot);
  /// Whether it is known that the process lives in another one.
  [[nodiscard]] bool has_left(const objects::Process& process, objects::NamespaceKind kind) const;
  [[nodiscard]] bool is_initial(const objects::NamespaceId& id) const;

private:
  std::array<std::optional<std::uint32_t>, std::size(objects::kNamespaceKinds)> inodes_;
};

/// Which processes are whose: see join_containers().
[[nodiscard]] std::map<objects::ContainerId, ContainerFindings>
find_members(const objects::Snapshot& snapshot, const ContainerEvidence& evidence,
             const InitialNamespaces& initial);

/// The container that a cgroup is named after, by its note's identity where there is one.
class CgroupNames {
public:
  explicit CgroupNames(const ContainerEvidence& evidence);
  [[nodiscard]] std::optional<objects::ContainerId> container_of(std::uint32_t hierarchy,
                                                                 std::string_view path) const;

private:
  const ContainerEvidence& evidence_;
};

} // namespace vitrine::world
