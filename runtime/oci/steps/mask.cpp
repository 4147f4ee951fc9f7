// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/mask.h"

#include "runtime/oci/steps/mount.h"
#include "userspace/base/in_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace vitrine::oci {
namespace {

/// What the masks are copies of; each is opened when first needed.
struct Masks {
  UniqueFd null;      ///< the host's /dev/null, O_PATH
  UniqueFd directory; ///< an empty read-only tmpfs, mounted nowhere
};

int open_path(int root, const std::string& path) noexcept {
  return open_in_root(root, path.c_str(), O_PATH, RESOLVE_NO_SYMLINKS);
}

bool is_absent(int error) noexcept {
  return error == ENOENT || error == ENOTDIR;
}

Outcome open_null(UniqueFd& null) noexcept {
  null.reset(::open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!null.valid() || ::fstat(null.get(), &info) < 0) return refused("open(/dev/null)");
  errno = ENODEV;
  return S_ISCHR(info.st_mode) && info.st_rdev == ::makedev(1, 3) ? Outcome{}
                                                                  : refused("open(/dev/null)");
}

Outcome open_empty_directory(UniqueFd& directory) noexcept {
  const UniqueFd context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid()) return refused("fsopen");
  if (::fsconfig(context.get(), FSCONFIG_SET_STRING, "nr_blocks", "1", 0) < 0 ||
      ::fsconfig(context.get(), FSCONFIG_SET_STRING, "nr_inodes", "1", 0) < 0 ||
      ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0)
    return refused("fsconfig");
  directory.reset(
      ::fsmount(context.get(), FSMOUNT_CLOEXEC,
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  return directory.valid() ? Outcome{} : refused("fsmount");
}

Outcome mask_file(int target, Masks& masks) noexcept {
  if (!masks.null.valid())
    if (Outcome o = open_null(masks.null); !o.ok()) return o;
  const UniqueFd mount = clone_mount(masks.null.get(), "", false);
  return mount.valid() ? attach_mount(mount.get(), target) : refused("open_tree");
}

/// Once mounted, a mount can be copied: one file system serves every masked directory.
Outcome mask_directory(int target, Masks& masks) noexcept {
  if (!masks.directory.valid()) {
    if (Outcome o = open_empty_directory(masks.directory); !o.ok()) return o;
    return attach_mount(masks.directory.get(), target);
  }
  const UniqueFd mount = clone_mount(masks.directory.get(), "", false);
  return mount.valid() ? attach_mount(mount.get(), target) : refused("open_tree");
}

Outcome mask_path(int root, const std::string& path, Masks& masks) noexcept {
  const UniqueFd target(open_path(root, path));
  if (!target.valid()) return is_absent(errno) ? Outcome{} : refused("openat2");
  struct stat info {};
  if (::fstat(target.get(), &info) < 0) return refused("fstat");
  return S_ISDIR(info.st_mode) ? mask_directory(target.get(), masks)
                               : mask_file(target.get(), masks);
}

Outcome make_path_read_only(int root, const std::string& path) noexcept {
  const UniqueFd target(open_path(root, path));
  if (!target.valid()) return is_absent(errno) ? Outcome{} : refused("openat2");
  const UniqueFd mount = clone_mount(target.get(), "", true);
  if (!mount.valid()) return refused("open_tree");
  if (Outcome o = attach_mount(mount.get(), target.get()); !o.ok()) return o;
  return set_mount_attributes(mount.get(), MOUNT_ATTR_RDONLY, true);
}

} // namespace

Outcome mask_paths(int root, const std::vector<std::string>& paths) noexcept {
  Masks masks;
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    Outcome outcome = mask_path(root, paths[i], masks);
    outcome.item = i;
    if (!outcome.ok()) return outcome;
  }
  return {};
}

Outcome make_paths_read_only(int root, const std::vector<std::string>& paths) noexcept {
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    Outcome outcome = make_path_read_only(root, paths[i]);
    outcome.item = i;
    if (!outcome.ok()) return outcome;
  }
  return {};
}

} // namespace vitrine::oci
