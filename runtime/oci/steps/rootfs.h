// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/outcome.h"
#include "runtime/oci/plan.h"
#include "userspace/base/unique_fd.h"

namespace vitrine::oci {

/// Child: the container's root file system mounted and open. Only this mount namespace has it.
[[nodiscard]] Outcome mount_root(const PlannedRoot& root, UniqueFd& directory) noexcept;

/// Child: `directory` becomes "/" and the host's tree is gone from this mount namespace.
[[nodiscard]] Outcome pivot_root_to(int directory) noexcept;

} // namespace vitrine::oci
