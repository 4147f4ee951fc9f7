// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"
#include "userspace/objects/process.h"
#include "userspace/world/namespace_table.h"

#include <span>

namespace vitrine::world {

/// Adds what keeps each namespace alive, in the order of HolderKind, and rows for those that only a
/// holder speaks of. Counts, oldest, parents and owners must be there.
void add_holders(NamespaceTable& table, std::span<const objects::Process> processes,
                 std::span<const objects::Mount> mounts);

} // namespace vitrine::world
