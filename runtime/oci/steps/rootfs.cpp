// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/rootfs.h"

#include "runtime/oci/steps/mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;

/// mount(2), not fsconfig(2): before 6.7 a parameter there holds 255 bytes, too few for many
/// layers.
Outcome mount_overlay(const PlannedRoot& root, UniqueFd& directory) noexcept {
  const char* path = root.mount_point.c_str();
  if (::mount("overlay", path, "overlay", 0, root.overlay_data.c_str()) < 0)
    return refused("mount");
  directory.reset(::open(path, kDirectory));
  return directory.valid() ? Outcome{} : refused("open");
}

/// pivot_root(2) wants a mount: a directory becomes one by being bound onto itself.
Outcome bind_directory(const PlannedRoot& root, UniqueFd& directory) noexcept {
  UniqueFd mount = clone_mount(AT_FDCWD, root.mount_point.c_str(), true);
  if (!mount.valid()) return refused("open_tree");
  const UniqueFd target(::open(root.mount_point.c_str(), kDirectory));
  if (!target.valid()) return refused("open");
  if (Outcome o = attach_mount(mount.get(), target.get()); !o.ok()) return o;
  directory = std::move(mount);
  return {};
}

} // namespace

Outcome mount_root(const PlannedRoot& root, UniqueFd& directory) noexcept {
  return root.overlay_data.empty() ? bind_directory(root, directory)
                                   : mount_overlay(root, directory);
}

Outcome pivot_root_to(int directory) noexcept {
  if (::fchdir(directory) < 0) return refused("fchdir");
  // pivot_root(2), NOTES: with "." twice, the old root ends up mounted on the new one, where
  // "." still leads, and no directory for it is needed.
  if (::syscall(SYS_pivot_root, ".", ".") < 0) return refused("pivot_root");
  if (::umount2(".", MNT_DETACH) < 0) return refused("umount2");
  return ::chdir("/") < 0 ? refused("chdir") : Outcome{};
}

} // namespace vitrine::oci
