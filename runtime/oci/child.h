// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/plan.h"

namespace vitrine::oci {

/// What the child needs beside the plan.
struct ChildSettings {
  int channel = -1;                   ///< its end of the ChildChannel
  bool make_cgroup_namespace = false; ///< itself, once moved; else clone3(2) made it
  bool may_set_groups = true;         ///< false in a user namespace that an unprivileged user made
};

/// The container's first process, from clone3(2) to execve(2). Never returns and never allocates;
/// a failure goes to the parent over the channel.
[[noreturn]] void run_child(const Plan& plan, const ChildSettings& settings) noexcept;

} // namespace vitrine::oci
