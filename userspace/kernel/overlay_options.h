// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrine::kernel {

/// What an overlay mount is stacked of, as its options say:
/// Documentation/filesystems/overlayfs.rst. Paths are as whoever mounted it gave them: seen from
/// there, and perhaps relative.
struct OverlayOptions {
  std::vector<std::string> lower;         ///< topmost first
  std::size_t data_only = 0;              ///< so many of the last of `lower` give data only
  std::optional<std::string> upper, work; ///< none: read-only
};

/// Both syntaxes: "lowerdir=A:B::DATA", where "\:" is a colon that belongs to a name, and of the
/// new mount API "lowerdir+=A", "lowerdir+=B", "datadir+=DATA". `options`: with no octal escapes.
[[nodiscard]] OverlayOptions overlay_options_of(std::span<const std::string> options);

/// Splits the value of "lowerdir=" in place at its colons, each of which becomes a zero byte; the
/// list is never longer. Returns its length.
[[nodiscard]] std::size_t split_lower_directories(char* text, std::size_t length);

} // namespace vitrine::kernel
