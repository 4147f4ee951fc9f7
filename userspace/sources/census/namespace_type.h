// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>

#include <sched.h>

namespace vitrine::census {

struct NamespaceType {
  objects::NamespaceKind kind;
  std::uint32_t type; ///< CLONE_NEW*
};

inline constexpr NamespaceType kNamespaceTypes[] = {
    {objects::NamespaceKind::cgroup, CLONE_NEWCGROUP},
    {objects::NamespaceKind::ipc, CLONE_NEWIPC},
    {objects::NamespaceKind::mnt, CLONE_NEWNS},
    {objects::NamespaceKind::net, CLONE_NEWNET},
    {objects::NamespaceKind::pid, CLONE_NEWPID},
    {objects::NamespaceKind::time, CLONE_NEWTIME},
    {objects::NamespaceKind::user, CLONE_NEWUSER},
    {objects::NamespaceKind::uts, CLONE_NEWUTS}};

/// Of a CLONE_NEW* flag. Without value: it is none, as what a refused ioctl(2) returns.
[[nodiscard]] constexpr std::optional<objects::NamespaceKind> kind_of_type(std::int64_t type) {
  for (const NamespaceType& row : kNamespaceTypes)
    if (row.type == type) return row.kind;
  return std::nullopt;
}

/// Whether a namespace with this inode was made at boot: include/linux/proc_ns.h, every kind but
/// mnt and net, and those too since Linux 6.18. Others' inodes begin above.
[[nodiscard]] constexpr bool is_initial(std::uint32_t inode) {
  return inode >= 0xEFFFFFF8U && inode <= 0xEFFFFFFFU;
}

} // namespace vitrine::census
