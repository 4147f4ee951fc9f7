// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"

#include <span>

namespace vitrine::mounts {

/// Fills propagate_from as mountinfo has it, mount_namespaces(7): of a slave mount, the closest
/// peer group above it that has a mount in the same namespace, when that is not its master.
/// statmount(2) tells it only as the caller's own root sees it. `mounts`: of all namespaces.
void fill_propagate_from(std::span<objects::Mount> mounts);

} // namespace vitrine::mounts
