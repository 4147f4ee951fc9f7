// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::kernel {

struct MountInfo;

/// Which cgroup versions the mounts offer. `stat -fc %T /sys/fs/cgroup` tells the same: cgroup2fs
/// for V2, tmpfs for the two others.
enum class CgroupMode { None, V1, Hybrid, V2 };

/// "v1", "hybrid", "v2" or "none".
[[nodiscard]] std::string_view cgroup_mode_name(CgroupMode mode);

/// One mounted cgroup hierarchy.
struct CgroupHierarchy {
  bool v2 = false;
  std::string mount_point;
  /// v1: mounted here together ("cpu", "cpuacct"). v2: what cgroup.controllers offers.
  std::vector<std::string> controllers;
  std::string name; ///< v1 name=…, e.g. "systemd"; else empty
};

struct CgroupLayout {
  CgroupMode mode = CgroupMode::None;
  std::vector<CgroupHierarchy> hierarchies;

  /// The v1 hierarchy with this controller, or the v2 hierarchy that offers it; null if neither.
  [[nodiscard]] const CgroupHierarchy* with_controller(std::string_view controller) const;
  [[nodiscard]] const CgroupHierarchy* unified() const;
};

/// The hierarchies among `mounts`, without those that a later mount hides. v2 controllers are left
/// empty.
[[nodiscard]] CgroupLayout cgroup_layout_of(std::span<const MountInfo> mounts);

/// Reads `root`/proc/self/mountinfo and the v2 root's cgroup.controllers. `root` is "" on a live
/// system; mount points are as in mountinfo, without it.
Result<CgroupLayout> read_cgroup_layout(const std::string& root = "");

} // namespace vitrine::kernel
