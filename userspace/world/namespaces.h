// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"
#include "userspace/objects/namespace.h"
#include "userspace/objects/namespace_facts.h"
#include "userspace/objects/process.h"

#include <span>
#include <vector>

namespace vitrine::world {

/// Every namespace that the kernel, a process, thread, file, mount or other namespace speaks of,
/// once, by identity: with who is above it, who lives in it and what keeps it alive. uid_map,
/// gid_map, hostname and containers are left out.
///
/// An unknown holder is there only where the kernel counts a reference that is sure to belong to
/// none of the found ones: the processes must have been asked for their threads and files. As the
/// three are of different moments, one that goes or comes meanwhile may have an unknown holder,
/// too: who looks twice sees it once.
[[nodiscard]] std::vector<objects::Namespace>
namespaces_of(std::span<const objects::Process> processes,
              std::span<const objects::NamespaceFacts> facts,
              std::span<const objects::Mount> mounts);

[[nodiscard]] bool has_unknown_holders(std::span<const objects::Namespace> rows);

/// Rows with an unknown holder become what `later`, a second look, has of them; those of namespaces
/// that have gone are left out.
void settle_unknown_holders(std::vector<objects::Namespace>& rows,
                            std::span<const objects::Namespace> later);

} // namespace vitrine::world
