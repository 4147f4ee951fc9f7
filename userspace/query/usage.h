// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/lookup.h"

namespace vitrine::query {

/// Limits and use of a container: each from the hierarchy of its cgroups that tells of it. Version
/// 1 has them in several.
[[nodiscard]] objects::CgroupState usage_of(const objects::Container& container,
                                            const Lookup& lookup);

/// The same of a process's cgroups.
[[nodiscard]] objects::CgroupState usage_of(const objects::Process& process, const Lookup& lookup);

/// The cgroups of a process, by hierarchy, as far as the table has them.
[[nodiscard]] std::vector<const objects::Cgroup*> cgroups_of(const objects::Process& process,
                                                             const Lookup& lookup);

} // namespace vitrine::query
