// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace vitrine::tracer {

/// What a look through a lower layer found. Times are CLOCK_REALTIME in nanoseconds.
struct LayerCheck {
  std::uint64_t files = 0;     ///< looked at, directories among them
  std::uint64_t changed = 0;   ///< their inode changed at or after `since`
  std::string changed_path;    ///< one of those, from the layer's directory on
  std::uint64_t newest_ns = 0; ///< the newest change of an inode; 0: nothing was looked at
  bool complete = false;       ///< the deadline did not come first
};

/// Looks at every file of the layer, on its file system only. A change of data, owner, mode, links
/// or attributes moves an inode's change time, which no system call can set back.
[[nodiscard]] LayerCheck check_layer(UniqueFd directory, std::uint64_t since_ns,
                                     std::chrono::steady_clock::time_point deadline);

} // namespace vitrine::tracer
