// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"
#include "userspace/objects/mount.h"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::mounts {

/// The text of a symbolic link. Empty: there is none, or it may not be read.
[[nodiscard]] std::string link_of(const std::string& path);

/// One mount namespace's way in: "/proc/42", "/proc/42/task/43", whose links and mountinfo lead
/// there.
struct Task {
  std::string directory;
  std::uint32_t mount_namespace = 0; ///< inode
};

/// The task still lives in that namespace and sees it from its very root, not from where chroot(2)
/// put it.
[[nodiscard]] bool sees_all(const Task& task);

/// What the task's mountinfo tells.
Result<std::vector<objects::Mount>> read_of_task(const Task& task);

/// What is mounted in the namespace that `file`, of nsfs, stands for: a thread enters it.
Result<std::vector<objects::Mount>> read_inside(int file, std::uint32_t mount_namespace,
                                                const std::string& proc);

/// Opens the file `path` in the mount namespace that `file` stands for, when it is the namespace
/// with the inode `wanted`.
Result<UniqueFd> open_inside(int file, const std::string& path, std::uint32_t wanted);

} // namespace vitrine::mounts
