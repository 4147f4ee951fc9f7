// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/outcome.h"
#include "runtime/oci/plan.h"

namespace vitrine::oci {

/// Child: every descriptor but stdin, stdout and stderr closes with execve(2) (CVE-2024-21626).
[[nodiscard]] Outcome close_descriptors_on_exec() noexcept;

/// Child: the directory the command starts in. It must lie in the container's tree.
[[nodiscard]] Outcome enter_directory(const char* path) noexcept;

/// Child: only returns when no candidate could be executed. `item` is the candidate to blame.
[[nodiscard]] Outcome execute(const Plan& plan) noexcept;

} // namespace vitrine::oci
