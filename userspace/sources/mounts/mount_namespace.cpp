// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/mount_namespace.h"

#include "userspace/kernel/overlay_options.h"
#include "userspace/sources/mounts/covered.h"

#include <unordered_set>

namespace vitrine::mounts {
namespace {

objects::Mount mount_of(std::uint32_t mount_namespace, kernel::MountInfo line) {
  objects::Mount mount;
  mount.id = {mount_namespace, static_cast<std::uint32_t>(line.id)};
  mount.parent = {mount_namespace, static_cast<std::uint32_t>(line.parent_id)};
  mount.mount_point = std::move(line.mount_point);
  mount.root = std::move(line.root);
  mount.type = std::move(line.type);
  mount.source = std::move(line.source);
  mount.device_major = line.device_major;
  mount.device_minor = line.device_minor;
  mount.options = kernel::split_options(line.options);
  mount.super_options = kernel::split_options(line.super_options);
  mount.peer_group = line.peer_group;
  mount.master_group = line.master_group;
  mount.propagate_from = line.propagate_from;
  mount.unbindable = line.unbindable;
  return mount;
}

objects::OverlayDirectories directories_of(const objects::Mount& mount) {
  kernel::OverlayOptions options = kernel::overlay_options_of(mount.super_options);
  objects::OverlayDirectories directories;
  directories.lower = std::move(options.lower);
  directories.data_only = static_cast<std::uint32_t>(options.data_only);
  directories.upper = std::move(options.upper);
  directories.work = std::move(options.work);
  return directories;
}

} // namespace

Result<std::vector<objects::Mount>> mounts_of(std::uint32_t mount_namespace,
                                              std::string_view mountinfo) {
  auto lines = kernel::parse_mountinfo(mountinfo);
  if (!lines) return tl::unexpected(std::move(lines).error());
  std::vector<objects::Mount> mounts;
  mounts.reserve(lines->size());
  for (kernel::MountInfo& line : *lines)
    mounts.push_back(mount_of(mount_namespace, std::move(line)));
  finish(mounts);
  return mounts;
}

void finish(std::vector<objects::Mount>& mounts) {
  std::unordered_set<std::uint32_t> present;
  for (const objects::Mount& mount : mounts)
    present.insert(mount.id.id);
  for (objects::Mount& mount : mounts) {
    if (mount.parent && (!present.contains(mount.parent->id) || mount.parent == mount.id))
      mount.parent.reset();
    objects::NamespaceId file;
    if (mount.type == "nsfs" && from_text(mount.root, file)) mount.namespace_file = file;
    if (mount.type == "overlay") mount.overlay = directories_of(mount);
  }
  mark_covered(mounts);
}

void leave_out_first_root(std::vector<objects::Mount>& mounts) {
  std::unordered_set<std::uint32_t> under_roots;
  for (const objects::Mount& mount : mounts)
    if (mount.mount_point == "/" && mount.parent) under_roots.insert(mount.parent->id);
  std::erase_if(mounts, [&](const objects::Mount& mount) {
    return mount.type == "rootfs" && under_roots.contains(mount.id.id);
  });
}

} // namespace vitrine::mounts
