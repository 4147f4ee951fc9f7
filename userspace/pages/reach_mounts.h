// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/pages/reach.h"

namespace vitrine::pages {

/// What a container reaches by its mounts.
void add_mounts(std::vector<Reach>& reaches, const objects::Container& container,
                const query::Lookup& lookup);

/// Whether the mount shows a part of one of the host's file systems that engines do not put into
/// every container.
[[nodiscard]] bool from_host(const objects::Mount& mount, const objects::Container& container,
                             const query::Lookup& lookup);

} // namespace vitrine::pages
