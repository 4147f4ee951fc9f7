// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/child_channel.h"
#include "runtime/oci/config.h"
#include "runtime/oci/plan.h"
#include "runtime/oci/steps/cgroup.h"
#include "userspace/base/unique_fd.h"

#include <optional>
#include <vector>

#include <sys/types.h>

namespace vitrine::oci {

/// The container's first process as its parent sees it.
struct InitProcess {
  pid_t pid = 0;
  UniqueFd pidfd;
  UniqueFd channel;
};

/// clone3(2) with all namespaces, in its cgroups, up to where the child waits for its parent.
Result<InitProcess> clone_init(const Plan& plan, const Config& config,
                               const std::vector<CgroupDirectory>& cgroups);

/// How the child's set-up ended.
struct Setup {
  bool command_runs = false;
  UniqueFd terminal;                  ///< the other end of the container's terminal, if it has one
  std::optional<ChildMessage> failed; ///< its last step, when that failed
};

/// Lets the child go on and listens until its command runs or it has given up.
Result<Setup> finish_setup(const InitProcess& init);

/// The failed step in words: "mount proc on /proc: fsconfig: Operation not permitted (EPERM)".
[[nodiscard]] Error describe_failure(const ChildMessage& message, const Plan& plan);

/// What a shell would return for the failed step: 126 or 127 when the command could not be
/// executed, else nothing.
[[nodiscard]] std::optional<int> shell_status(const ChildMessage& message);

/// wait(2) status of the child, once it has ended.
Result<int> wait_for(const InitProcess& init);

} // namespace vitrine::oci
