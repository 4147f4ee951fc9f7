// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/pages/page.h"
#include "userspace/query/lookup.h"

#include <string_view>
#include <variant>
#include <vector>

namespace vitrine::pages {

/// All cgroups of one path: a hierarchy each.
using CgroupsOfPath = std::vector<const objects::Cgroup*>;

/// An object that somebody named.
using Target = std::variant<const objects::Process*, const objects::Container*,
                            const objects::Namespace*, CgroupsOfPath, const objects::Layer*>;

/// The object that `word` names: a pid, a container's name or id, "net:[4026531840]" or only that
/// number, a cgroup's path or id, a layer's id or path; an identity as JSON has it; or, when
/// nothing is called exactly so, the beginning of a container's name or id. The Error of an unknown
/// name has near matches, of an ambiguous one all that it may be.
[[nodiscard]] Result<Target> find_target(const query::Lookup& lookup, std::string_view word);

/// The container that `word` names, or in which the process lives that it names.
[[nodiscard]] Result<objects::ContainerId> container_of_target(const query::Lookup& lookup,
                                                               std::string_view word);

[[nodiscard]] Page page_of(const Target& target, const query::Lookup& lookup);

/// The objects of the snapshot that the page tells of.
[[nodiscard]] objects::Snapshot related(const Target& target, const query::Lookup& lookup);

} // namespace vitrine::pages
