// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/outcome.h"

#include <string>
#include <vector>

namespace vitrine::oci {

/// Child: a file becomes the host's /dev/null, a directory an empty read-only one. Absent paths are
/// skipped. The host's null device is used, never the container's (CVE-2025-31133), and it is
/// checked to be one.
[[nodiscard]] Outcome mask_paths(int root, const std::vector<std::string>& paths) noexcept;

/// Child: each path, with the mounts below it, bound onto itself read-only. Absent ones are
/// skipped.
[[nodiscard]] Outcome make_paths_read_only(int root,
                                           const std::vector<std::string>& paths) noexcept;

} // namespace vitrine::oci
