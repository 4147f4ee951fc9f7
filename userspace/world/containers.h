// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/objects/snapshot.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vitrine::world {

/// What is known of containers beside the objects of the snapshot.
struct ContainerEvidence {
  std::vector<events::ContainerNote> notes; ///< what engines keep in their files
  /// The reader's own cgroups, by hierarchy: whatever lies above them is no container to it.
  std::map<std::uint32_t, std::string> own_cgroups;
};

/// Finds the containers of a snapshot that has processes and namespaces, puts their table into it,
/// and says in the other tables, those that it has, whose the objects are. Without cgroups or
/// mounts containers have none, and none is known to be paused. A process belongs to the container
///  1. that its cgroup is named after;
///  2. that has its pid namespace, as an engine or a cgroup tells of another process in it;
///  3. that its parent belongs to, when it has left the host's namespaces.
/// Processes in a pid namespace of their own, or in a mount namespace and one more, whom nobody
/// claims are a container without engine ("unshare"; "bubblewrap" when its bwrap(1) is there).
void join_containers(objects::Snapshot& snapshot, const ContainerEvidence& evidence);

} // namespace vitrine::world
