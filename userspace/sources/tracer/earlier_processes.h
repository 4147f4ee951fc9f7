// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/events/stream.h"

#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace vitrine::tracer {

/// The process and all that come of it, as far as they are among `tasks`.
[[nodiscard]] std::set<std::uint32_t> process_with_descendants(std::span<const vitrine_task> tasks,
                                                               std::uint32_t pid);

/// The processes of the container whose first one is `init`: its descendants, whoever shares its
/// pid namespace, and the shim or monitor above it with what that starts: so an exec is seen from
/// its beginning.
[[nodiscard]] std::set<std::uint32_t> processes_of_container(std::span<const vitrine_task> tasks,
                                                             std::uint32_t init);

/// The cgroups of a container's first process that are not the tracer's own: by inode and
/// hierarchy.
[[nodiscard]] std::vector<vitrine_cgroup_key> cgroups_of_container(std::uint32_t init);

/// What there is to say of processes that ran before: what iterators tell, with arguments and
/// cgroups from /proc. One that has ended since keeps these empty. `pids` chooses; threads are left
/// out.
[[nodiscard]] std::vector<events::EarlierProcess>
describe_processes(std::span<const vitrine_task> tasks, const std::set<std::uint32_t>& pids);

} // namespace vitrine::tracer
