// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/mount_kind.h"

#include "userspace/story/text.h"

#include <string_view>

#include <linux/mount.h>

namespace vitrine::story {
namespace {

constexpr std::uint64_t kPropagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

MountKind kind_of_mount(const events::Record& record, const ev_mount_mount& call) {
  const std::string_view source =
      record.string(meant(record, call.source, call.source_fd_path)).text;
  const std::string_view target =
      record.string(meant(record, call.target, call.target_fd_path)).text;
  const std::uint64_t flags = call.flags;
  // The order in which the kernel looks at the flags: fs/namespace.c path_mount().
  if ((flags & MS_REMOUNT) != 0) return MountKind::remount;
  if ((flags & MS_BIND) != 0) {
    if (source == "/dev/null") return MountKind::mask;
    return source == target ? MountKind::bind_self : MountKind::bind;
  }
  if ((flags & kPropagation) != 0) return MountKind::propagation;
  if ((flags & MS_MOVE) != 0) return target == "/" ? MountKind::move_to_root : MountKind::move;
  const bool empty = record.string(call.fstype).text == "tmpfs" && (flags & MS_RDONLY) != 0;
  return empty ? MountKind::mask : MountKind::file_system;
}

} // namespace

MountKind mount_kind(const events::Record& record) {
  if (const auto* call = record.as<ev_mount_mount>()) return kind_of_mount(record, *call);
  if (const auto* call = record.as<ev_mount_move_mount>())
    return record.string(call->to_path).text == "/" ? MountKind::move_to_root : MountKind::move;
  return MountKind::none;
}

} // namespace vitrine::story
