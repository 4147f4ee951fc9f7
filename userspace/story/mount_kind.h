// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

namespace vitrine::story {

/// What mount(2) or move_mount(2) was used for: one system call does seven different things.
enum class MountKind : std::uint8_t {
  none, ///< neither of these calls
  remount,
  propagation,
  bind,
  bind_self, ///< a directory onto itself, to be able to change its flags or to pivot to it
  mask,      ///< /dev/null or an empty read-only file system over something
  move,
  move_to_root, ///< onto "/": how a root is changed without pivot_root
  file_system,  ///< a new file system instance
};
[[nodiscard]] MountKind mount_kind(const events::Record& record);

} // namespace vitrine::story
