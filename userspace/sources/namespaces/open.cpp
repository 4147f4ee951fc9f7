// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/namespaces/open.h"

#include "userspace/kernel/nsfs.h"

#include <cerrno>

#include <sched.h>

namespace vitrine::namespaces {
namespace {

using objects::HolderKind;
using objects::NamespaceKind;

constexpr std::uint32_t kCloneNewTime = 0x80; ///< linux/sched.h

std::uint32_t clone_flag(NamespaceKind kind) {
  switch (kind) {
  case NamespaceKind::cgroup:
    return CLONE_NEWCGROUP;
  case NamespaceKind::ipc:
    return CLONE_NEWIPC;
  case NamespaceKind::mnt:
    return CLONE_NEWNS;
  case NamespaceKind::net:
    return CLONE_NEWNET;
  case NamespaceKind::pid:
    return CLONE_NEWPID;
  case NamespaceKind::time:
    return kCloneNewTime;
  case NamespaceKind::user:
    return CLONE_NEWUSER;
  case NamespaceKind::uts:
    return CLONE_NEWUTS;
  }
  return 0;
}

/// A path that leads to what the holder holds. Empty: there is none.
std::string path_of(const objects::Holder& by, NamespaceKind kind, const std::string& proc) {
  if (by.kind == HolderKind::bind_mount)
    return by.path.value_or(""); // right, if it is mounted here
  if (!by.process) return {};
  std::string path = fmt::format("{}/{}", proc, by.process->pid);
  if (by.thread) path += fmt::format("/task/{}", *by.thread);
  const std::string_view name = objects::namespace_kind_name(kind);
  switch (by.kind) {
  case HolderKind::process:
  case HolderKind::thread:
    return fmt::format("{}/ns/{}", path, name);
  case HolderKind::for_children:
    return fmt::format("{}/ns/{}_for_children", path, name);
  case HolderKind::fd:
    return fmt::format("{}/fd/{}", path, by.fd.value_or(0));
  default:
    return {};
  }
}

} // namespace

Result<UniqueFd> open(const objects::Namespace& row, const std::string& proc) {
  if (row.unique_id) {
    auto file = kernel::open_namespace(row.unique_id->value, clone_flag(row.id.kind), row.id.inode);
    if (file) return file;
  }
  if (row.oldest) {
    auto file = kernel::open_namespace_file(
        fmt::format("{}/{}/ns/{}", proc, row.oldest->pid, namespace_kind_name(row.id.kind)),
        row.id.inode);
    if (file || file.error().code == EACCES) return file;
  }
  for (const objects::Holder& by : row.kept_alive_by) {
    const std::string path = path_of(by, row.id.kind, proc);
    if (path.empty()) continue;
    auto file = kernel::open_namespace_file(path, row.id.inode);
    if (file) return file;
  }
  return os_error(ESRCH, "open {}", to_text(row.id));
}

} // namespace vitrine::namespaces
