// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <string>

namespace vitrine::image {

struct UnpackOptions {
  /// Added to every owner: the first host id of a user namespace's range.
  std::uint32_t id_shift = 0;
  /// Without privilege every file is the caller's own, and overlay marks are user.overlay.*.
  bool unprivileged = false;
};

/// Unpacks the tar file of an OCI layer into the directory `target`, so that it can be a lower
/// layer of overlayfs: ".wh.NAME" becomes a whiteout, a character device 0:0, and ".wh..wh..opq" an
/// opaque directory (image-spec layer.md). Nothing is written outside `target`, whatever the
/// entries are called. Returns the SHA-256 of the uncompressed tar, its diff id, as hexadecimal
/// digits.
Result<std::string> unpack_layer(const std::string& tar, int target, const UnpackOptions& options);

} // namespace vitrine::image
