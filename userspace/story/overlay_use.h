// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <cstdint>
#include <map>
#include <string>

namespace vitrine::story {

/// Whether a lower layer is as it was when the overlay was mounted.
struct LayerState {
  std::uint64_t files = 0; ///< looked at
  std::uint64_t changed = 0;
  bool complete = false;
  std::string changed_path = {}; ///< one of those that were changed
};

/// What was done to one overlay. Paths as they came, unescaped.
struct OverlayUse {
  std::uint64_t files = 0; ///< copied up
  std::uint64_t bytes = 0;
  std::uint64_t files_of_unknown_size = 0;
  std::uint64_t directories = 0;
  std::uint64_t whiteouts = 0;
  std::uint64_t opaque = 0;
  std::uint64_t renames = 0;
  std::map<std::string, LayerState> layers; ///< by the lower directory
};

/// By the upper directory, as the mount names it: no two overlays share one. Those without one,
/// which nobody can change, have the empty name.
using OverlayUses = std::map<std::string, OverlayUse>;

/// Counts the record when it is of an overlay.
void learn_overlay_use(OverlayUses& uses, const events::Record& record);

/// "3 files copied up (12 KiB), 1 whiteout"; "nothing was written over a lower layer".
[[nodiscard]] std::string use_words(const OverlayUse& use);

/// "unchanged, 512 files"; "2 of 512 files CHANGED, /etc/passwd among them". Escaped.
[[nodiscard]] std::string layer_state_words(const LayerState& state);

/// "286 bytes", "12.0 KiB"
[[nodiscard]] std::string byte_words(std::uint64_t bytes);

} // namespace vitrine::story
