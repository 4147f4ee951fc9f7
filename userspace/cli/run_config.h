// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/run_options.h"
#include "userspace/cli/run_user.h"

#include <string>
#include <vector>

namespace vitrine::cli {

/// Everything that the configuration of a container is made of.
struct RunPlan {
  std::string id;
  std::string hostname;
  std::vector<std::string> layers; ///< directories, the base first
  std::vector<std::string> command;
  std::vector<std::string> env;
  std::string working_directory;
  ContainerUser user;
  Limits limits;
  bool read_only = false;
  bool terminal = false;
  bool user_namespace = false;
  /// The host ids that a user namespace maps, from its 0 on.
  std::uint32_t first_uid = 0;
  std::uint32_t first_gid = 0;
  std::uint32_t id_count = 0;
  /// The caller is not root: only what needs no privilege outside the user namespace.
  bool unprivileged = false;
};

/// The container as an OCI config.json: what Docker's own default makes of such a command, with the
/// root as an overlay that the runtime mounts.
[[nodiscard]] std::string config_json(const RunPlan& plan);

} // namespace vitrine::cli
