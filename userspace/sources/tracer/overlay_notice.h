// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/overlay.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrine::tracer {

/// Where a layer's directory lies, whoever mounted it and from where.
struct LayerPlace {
  std::uint32_t overlay = 0;
  std::uint32_t index = 0; ///< 0: the upper directory; then the lower ones, topmost first
  std::uint64_t inode = 0; ///< 0: there is no such layer
  unsigned device_major = 0;
  unsigned device_minor = 0;
  std::string path; ///< in its file system
};

/// Whether both are one directory, which there is.
[[nodiscard]] inline bool is_same_directory(const LayerPlace& a, const LayerPlace& b) {
  return a.inode != 0 && a.inode == b.inode && a.device_major == b.device_major &&
         a.device_minor == b.device_minor;
}

/// An overlay that was met, or is used, for the first time.
struct OverlayMount {
  ev_header header = {}; ///< who mounted it, or who was first seen there
  std::uint32_t id = 0;
  bool used = false;              ///< by somebody who is followed
  bool mounted = false;           ///< in this trace
  std::vector<std::string> lower; ///< topmost first; all three as the mount names them
  std::string upper;              ///< empty: the overlay is read-only
};

/// One thing that the kernel's own structs or fentry told of a call.
struct Sighting {
  ev_overlay_sighting what = {};
  std::string path; ///< from the overlay's root on; empty: it has no name in the cache
};

/// The end of a call that may have changed an overlay.
struct OverlayCall {
  ev_overlay_call call = {};
  std::vector<Sighting> sightings; ///< newest first
  /// rename* and link* that worked: from the overlay's root on, as far as the text tells; empty:
  /// not known.
  std::string from;
  std::string to;
};

/// Which of the notices of bpf/abi/overlay.h the bytes of a record are, or nothing.
[[nodiscard]] std::optional<vitrine_notice> notice_type(std::span<const std::byte> bytes);

/// The notices in a form to work with. Nothing when the bytes are not whole.
[[nodiscard]] std::optional<LayerPlace> decode_layer(std::span<const std::byte> bytes);
/// `joined`: this kernel gives the lower directories as one string (joined_layers.h).
[[nodiscard]] std::optional<OverlayMount> decode_mount(std::span<const std::byte> bytes,
                                                       bool joined);
[[nodiscard]] std::optional<OverlayCall> decode_call(std::span<const std::byte> bytes);

} // namespace vitrine::tracer
