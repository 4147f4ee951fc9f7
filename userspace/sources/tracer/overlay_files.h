// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/tracer/layer_directory.h"
#include "userspace/sources/tracer/overlay_changes.h"

#include <vector>

namespace vitrine::tracer {

/// The layers of one overlay, looked at where they lie. Whoever lives in the overlay fills the
/// upper directory: no symbolic link in it is followed.
class LayersOnDisk final : public OverlayFiles {
public:
  /// `layers` by index, borrowed.
  explicit LayersOnDisk(const std::vector<LayerDirectory>& layers) : layers_(layers) {}

  [[nodiscard]] std::optional<UpperFile> upper(const std::string& path) const override;
  [[nodiscard]] std::optional<LowerFile> lower(const std::string& path) const override;
  [[nodiscard]] bool upper_is_out_of_reach() const override;

private:
  const std::vector<LayerDirectory>& layers_;
};

} // namespace vitrine::tracer
