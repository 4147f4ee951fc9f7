// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/namespace.h"
#include "userspace/objects/snapshot.h"

#include <string>
#include <vector>

namespace vitrine::namespaces {

/// Fills what is to be read of each single namespace: uid_map and gid_map, of a process that lives
/// in it, and hostname, by going there in a thread. The reader's own needs no privilege. What was
/// refused is returned; what has gone is left without value.
[[nodiscard]] std::vector<objects::SourceError> describe(std::vector<objects::Namespace>& rows,
                                                         const std::string& proc = "/proc");

} // namespace vitrine::namespaces
