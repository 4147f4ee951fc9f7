// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"

#include <span>

namespace vitrine::mounts {

/// Marks the mounts that no path leads to, because another is on top of them or of a directory on
/// the way. `mounts`: all of one mount namespace.
void mark_covered(std::span<objects::Mount> mounts);

} // namespace vitrine::mounts
