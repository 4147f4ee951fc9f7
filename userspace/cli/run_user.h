// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::cli {

/// A user of the container.
struct ContainerUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> additional_gids;
  std::string home = "/";
};

/// Finds "NAME", "UID", "NAME:GROUP" or "UID:GID" in etc/passwd and etc/group of the root file
/// system made of `layers`, the base first. Nothing is guessed: "", "1000:" and numbers too large
/// are errors.
Result<ContainerUser> find_user(const std::string& user, const std::vector<std::string>& layers);

} // namespace vitrine::cli
