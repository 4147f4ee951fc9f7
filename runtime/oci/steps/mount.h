// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/outcome.h"
#include "runtime/oci/plan.h"
#include "userspace/base/unique_fd.h"

#include <cstdint>

namespace vitrine::oci {

/// Child: what the host mounts may still come in, what the container mounts never goes out.
[[nodiscard]] Outcome stop_propagation(std::uint64_t wanted) noexcept;

/// Child: every planned mount, in order, below the directory `root`. Targets are reached by
/// descriptor; those of new file systems without following any symbolic link of the image
/// (CVE-2019-19921, CVE-2021-30465, CVE-2026-41579), those of bind mounts within the root.
[[nodiscard]] Outcome make_mounts(int root, const std::vector<PlannedMount>& mounts) noexcept;

/// A new instance of `type` that is mounted nowhere yet; -1 and a refused `outcome` on failure.
[[nodiscard]] UniqueFd new_mount(const PlannedMount& mount, Outcome& outcome) noexcept;

/// A copy of the mount at `path` below `directory`, mounted nowhere yet.
[[nodiscard]] UniqueFd clone_mount(int directory, const char* path, bool recursive) noexcept;

/// move_mount(2) of a mount that is nowhere yet onto an open file or directory.
[[nodiscard]] Outcome attach_mount(int mount, int target) noexcept;

/// mount_setattr(2) with a fallback for kernels before 5.12, which only change one attached mount.
[[nodiscard]] Outcome set_mount_attributes(int mount, std::uint64_t attributes,
                                           bool recursive) noexcept;

} // namespace vitrine::oci
