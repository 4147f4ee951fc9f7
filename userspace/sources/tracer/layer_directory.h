// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/sources/tracer/overlay_notice.h"

#include <string>

namespace vitrine::tracer {

/// A layer's directory as this process can reach it. No descriptor is kept: it would keep others
/// from unmounting the file system.
class LayerDirectory {
public:
  /// Looks for mounts of the layers' file systems: among ours, then among those of `pid`, a process
  /// that uses the overlay. What is found nowhere cannot be opened.
  static std::vector<LayerDirectory> find(const std::vector<LayerPlace>& places, std::uint32_t pid);

  /// The directory, O_RDONLY, when it still is the same one.
  [[nodiscard]] UniqueFd open() const;
  [[nodiscard]] bool reachable() const { return !path_.empty(); }
  [[nodiscard]] const LayerPlace& place() const { return place_; }

private:
  LayerPlace place_;
  std::string path_; ///< empty: unreachable
};

} // namespace vitrine::tracer
