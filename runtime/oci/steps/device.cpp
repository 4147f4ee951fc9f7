// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/device.h"

#include "runtime/oci/steps/mount.h"
#include "userspace/base/in_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

bool is_device(const struct stat& info, const Device& device) noexcept {
  return (info.st_mode & S_IFMT) == device.type &&
         (device.type == S_IFIFO || info.st_rdev == ::makedev(device.major, device.minor));
}

/// No symbolic link is followed, so that an image whose /dev, or whose node, is one makes nothing
/// elsewhere; a node that is there already must be the one wanted.
Outcome make_node(int directory, const char* name, const Device& device) noexcept {
  if (::mknodat(directory, name, device.type | device.file_mode,
                ::makedev(device.major, device.minor)) == 0) {
    if (device.uid == 0 && device.gid == 0) return {};
    return ::fchownat(directory, name, device.uid, device.gid, AT_SYMLINK_NOFOLLOW) < 0
               ? refused("fchownat")
               : Outcome{};
  }
  struct stat info {};
  if (errno != EEXIST) return refused("mknodat");
  if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return refused("fstatat");
  if (is_device(info, device)) return {};
  errno = EEXIST;
  return refused("mknodat");
}

/// In a user namespace the host's own node is bound on an empty file.
Outcome bind_node(int directory, const char* name, const Device& device) noexcept {
  const UniqueFd host = clone_mount(AT_FDCWD, device.path.c_str(), false);
  if (!host.valid()) return refused("open_tree");
  struct stat info {};
  if (::fstat(host.get(), &info) < 0) return refused("fstat");
  errno = ENODEV;
  if (!is_device(info, device)) return refused("open_tree");
  const UniqueFd made(
      ::openat(directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0666));
  if (!made.valid()) return refused("openat");
  return attach_mount(host.get(), made.get());
}

} // namespace

Outcome make_devices(int root, const std::vector<Device>& devices, bool bind) noexcept {
  for (std::uint32_t i = 0; i < devices.size(); ++i) {
    const Device& device = devices[i];
    const Parent parent = open_parent_in_root(root, device.path.c_str(), RESOLVE_NO_SYMLINKS);
    const UniqueFd directory(parent.directory);
    if (!directory.valid()) return refused("openat2", i);
    Outcome outcome = bind ? bind_node(directory.get(), parent.name, device)
                           : make_node(directory.get(), parent.name, device);
    outcome.item = i;
    if (!outcome.ok()) return outcome;
  }
  return {};
}

} // namespace vitrine::oci
