// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/ids.h"

#include <optional>
#include <string>
#include <vector>

namespace vitrine::world {

/// What an overlay mount is stacked of.
struct Layers {
  std::vector<std::string> lower; ///< topmost first
  std::string upper;              ///< empty: read-only
  std::string work;
};

/// A mount that some traced process made, moved or took as its root.
struct Mount {
  MountId id;
  MountId parent;
  std::uint32_t mnt_inode = 0; ///< its mount namespace; 0: detached
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint32_t flags = 0; ///< MNT_*
  std::string fstype;
  std::string source;
  std::string mountpoint; ///< seen from the root of whoever mounted it; empty: detached
  std::optional<Layers> layers;
  ProcessId made_by; ///< who was seen with it first
};

} // namespace vitrine::world
