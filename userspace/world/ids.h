// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace vitrine::world {

/// A process for ever: pids are used again, a pid with its start is not.
struct ProcessId {
  std::uint32_t pid = 0;      ///< in the initial pid namespace
  std::uint64_t start_ns = 0; ///< CLOCK_BOOTTIME
  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

struct CgroupId {
  std::uint32_t hierarchy = 0; ///< as in /proc/self/cgroup; 0 is version 2
  std::uint64_t id = 0;
  friend auto operator<=>(const CgroupId&, const CgroupId&) = default;
};

/// A mount. Kernels before 6.8 have no unique id and use `id` again after umount(2).
struct MountId {
  std::uint64_t unique_id = 0; ///< 0: this kernel has none
  std::uint32_t id = 0;        ///< as in /proc/PID/mountinfo
  friend auto operator<=>(const MountId&, const MountId&) = default;
};

} // namespace vitrine::world
