// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/kernel/cgroup_layout.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::cgroups {

/// A mounted hierarchy with the number that the kernel gives it.
struct Hierarchy {
  std::uint32_t number = 0; ///< as in /proc/PID/cgroup; 0 is version 2
  std::string name;         ///< "v2", "cpu,cpuacct", "name=systemd"
  std::string mount_point;
  std::vector<std::string> controllers; ///< of version 1; of version 2 each cgroup has its own
  [[nodiscard]] bool is_v2() const { return number == 0; }
};

/// `membership`: the text of /proc/PID/cgroup of any process (cgroups(7)), which numbers them. One
/// that no line of it names is left out.
[[nodiscard]] std::vector<Hierarchy> numbered(const kernel::CgroupLayout& layout,
                                              std::string_view membership);

/// The hierarchies that are mounted below `root`, "" on a live system.
Result<std::vector<Hierarchy>> read_hierarchies(const std::string& root);

} // namespace vitrine::cgroups
