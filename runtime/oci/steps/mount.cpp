// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/mount.h"

#include "userspace/base/in_root.h"

#include <cstdio>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

/// MOUNT_ATTR_* as mount(2) flags.
unsigned long mount_flags(std::uint64_t attributes) noexcept {
  unsigned long flags = 0;
  if ((attributes & MOUNT_ATTR_RDONLY) != 0) flags |= MS_RDONLY;
  if ((attributes & MOUNT_ATTR_NOSUID) != 0) flags |= MS_NOSUID;
  if ((attributes & MOUNT_ATTR_NODEV) != 0) flags |= MS_NODEV;
  if ((attributes & MOUNT_ATTR_NOEXEC) != 0) flags |= MS_NOEXEC;
  return flags;
}

/// A remount replaces all flags: those that the mount has are asked for again.
unsigned long present_flags(int mount) noexcept {
  struct statfs info {};
  if (::fstatfs(mount, &info) < 0) return 0;
  return static_cast<unsigned long>(info.f_flags) &
         (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME);
}

Outcome remount(int mount, std::uint64_t attributes) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", mount);
  const unsigned long flags = MS_REMOUNT | MS_BIND | present_flags(mount) | mount_flags(attributes);
  return ::mount(nullptr, path, nullptr, flags, nullptr) < 0 ? refused("mount(MS_REMOUNT)")
                                                             : Outcome{};
}

bool set_parameters(int context, const PlannedMount& mount) noexcept {
  const char* source = mount.source.empty() ? mount.type.c_str() : mount.source.c_str();
  if (::fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0) return false;
  for (const FsParameter& parameter : mount.parameters) {
    const int done =
        parameter.value ? ::fsconfig(context, FSCONFIG_SET_STRING, parameter.key.c_str(),
                                     parameter.value->c_str(), 0)
                        : ::fsconfig(context, FSCONFIG_SET_FLAG, parameter.key.c_str(), nullptr, 0);
    if (done < 0) return false;
  }
  return true;
}

Outcome set_propagation(int mount, std::uint64_t flags) noexcept {
  mount_attr attributes{};
  attributes.propagation = flags & ~std::uint64_t{MS_REC};
  const unsigned recursive = (flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  return ::mount_setattr(mount, "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) < 0
             ? refused("mount_setattr")
             : Outcome{};
}

/// Attributes that were not given to fsmount(2): those of a bind mount, recursive ones,
/// propagation.
Outcome finish_mount(int mount, const PlannedMount& planned) noexcept {
  if (planned.kind == PlannedMount::Kind::Bind && planned.attributes != 0)
    if (Outcome o = set_mount_attributes(mount, planned.attributes, false); !o.ok()) return o;
  if (planned.recursive_attributes != 0)
    if (Outcome o = set_mount_attributes(mount, planned.recursive_attributes, true); !o.ok())
      return o;
  return planned.propagation != 0 ? set_propagation(mount, planned.propagation) : Outcome{};
}

Outcome mount_file_system(int root, const PlannedMount& planned) noexcept {
  const UniqueFd target(
      make_directory_in_root(root, planned.destination.c_str(), RESOLVE_NO_SYMLINKS));
  if (!target.valid()) return refused("openat2");
  Outcome outcome;
  const UniqueFd mount = new_mount(planned, outcome);
  if (!outcome.ok()) return outcome;
  if (outcome = attach_mount(mount.get(), target.get()); !outcome.ok()) return outcome;
  return finish_mount(mount.get(), planned);
}

int bind_target(int root, int source, const char* destination) noexcept {
  struct stat info {};
  if (::fstat(source, &info) < 0) return -1;
  return S_ISDIR(info.st_mode) ? make_directory_in_root(root, destination)
                               : make_file_in_root(root, destination);
}

Outcome bind_mount(int root, const PlannedMount& planned) noexcept {
  const UniqueFd mount = clone_mount(AT_FDCWD, planned.source.c_str(), planned.recursive);
  if (!mount.valid()) return refused("open_tree");
  const UniqueFd target(bind_target(root, mount.get(), planned.destination.c_str()));
  if (!target.valid()) return refused("openat2");
  if (Outcome o = attach_mount(mount.get(), target.get()); !o.ok()) return o;
  return finish_mount(mount.get(), planned);
}

Outcome make_link(int root, const PlannedMount& planned) noexcept {
  const Parent parent = open_parent_in_root(root, planned.destination.c_str(), RESOLVE_NO_SYMLINKS);
  const UniqueFd directory(parent.directory);
  if (!directory.valid()) return refused("openat2");
  if (::symlinkat(planned.source.c_str(), directory.get(), parent.name) < 0 && errno != EEXIST)
    return refused("symlinkat");
  return {};
}

Outcome make_read_only(int root, const PlannedMount& planned) noexcept {
  const UniqueFd mount(
      open_in_root(root, planned.destination.c_str(), O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
  if (!mount.valid()) return refused("openat2");
  return set_mount_attributes(mount.get(), planned.attributes, false);
}

Outcome make_mount(int root, const PlannedMount& planned) noexcept {
  switch (planned.kind) {
  case PlannedMount::Kind::FileSystem:
    return mount_file_system(root, planned);
  case PlannedMount::Kind::Bind:
    return bind_mount(root, planned);
  case PlannedMount::Kind::SymbolicLink:
    return make_link(root, planned);
  case PlannedMount::Kind::MakeReadOnly:
    return make_read_only(root, planned);
  }
  return {};
}

} // namespace

Outcome stop_propagation(std::uint64_t wanted) noexcept {
  const std::uint64_t slave = MS_SLAVE;
  const unsigned long flags = MS_REC | (wanted != 0 ? wanted : slave);
  return ::mount(nullptr, "/", nullptr, flags, nullptr) < 0 ? refused("mount") : Outcome{};
}

UniqueFd new_mount(const PlannedMount& mount, Outcome& outcome) noexcept {
  const UniqueFd context(::fsopen(mount.type.c_str(), FSOPEN_CLOEXEC));
  if (!context.valid()) {
    outcome = refused("fsopen");
    return {};
  }
  if (!set_parameters(context.get(), mount) ||
      ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) {
    outcome = refused("fsconfig");
    return {};
  }
  UniqueFd made(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(mount.attributes)));
  if (!made.valid()) outcome = refused("fsmount");
  return made;
}

UniqueFd clone_mount(int directory, const char* path, bool recursive) noexcept {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
                         static_cast<unsigned>(recursive ? AT_RECURSIVE : 0);
  return UniqueFd(::open_tree(directory, path, flags));
}

Outcome attach_mount(int mount, int target) noexcept {
  return ::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
             ? refused("move_mount")
             : Outcome{};
}

Outcome set_mount_attributes(int mount, std::uint64_t attributes, bool recursive) noexcept {
  mount_attr attr{};
  attr.attr_set = attributes;
  if ((attributes & MOUNT_ATTR__ATIME) != 0) attr.attr_clr = MOUNT_ATTR__ATIME;
  const unsigned flags = AT_EMPTY_PATH | static_cast<unsigned>(recursive ? AT_RECURSIVE : 0);
  if (::mount_setattr(mount, "", flags, &attr, sizeof attr) == 0) return {};
  return errno == ENOSYS ? remount(mount, attributes) : refused("mount_setattr");
}

Outcome make_mounts(int root, const std::vector<PlannedMount>& mounts) noexcept {
  for (std::uint32_t i = 0; i < mounts.size(); ++i) {
    Outcome outcome = make_mount(root, mounts[i]);
    outcome.item = i;
    if (!outcome.ok()) return outcome;
  }
  return {};
}

} // namespace vitrine::oci
