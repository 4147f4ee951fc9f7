// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/cgroup.h"

#include <span>
#include <string_view>

namespace vitrine::cgroups {

/// A file of a cgroup's directory and what it tells.
struct StateFile {
  std::string_view name;
  std::string_view controller; ///< that makes it; empty: every cgroup has it
  /// Takes over what the text tells; what it does not understand it leaves without value.
  void (*read)(std::string_view text, objects::CgroupState& state);
};

/// Documentation/admin-guide/cgroup-v2.rst.
[[nodiscard]] std::span<const StateFile> version_2_files();

/// Documentation/admin-guide/cgroup-v1/.
[[nodiscard]] std::span<const StateFile> version_1_files();

} // namespace vitrine::cgroups
