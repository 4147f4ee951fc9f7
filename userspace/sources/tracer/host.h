// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"

namespace vitrine::tracer {

/// The start of a stream on this host: names, clocks, the tracer's own namespaces and cgroups. What
/// cannot be read stays empty or 0, which every reader takes as unknown.
[[nodiscard]] events::StreamStart describe_host();

/// The lines of /proc/PID/cgroup, 0 for the tracer itself. Empty when the process has gone.
[[nodiscard]] std::vector<events::CgroupHierarchy> cgroups_of(std::uint32_t pid);

/// CLOCK_BOOTTIME in nanoseconds: the clock of all events.
[[nodiscard]] std::uint64_t boot_time_ns();

} // namespace vitrine::tracer
