// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/world/change.h"

namespace vitrine::world {
namespace {

/// Adds what an event tells about one mount; what it does not tell stays as it was.
Mount* add_mount(const Change& change, const ev_mount& told) {
  if (told.id == 0 && told.unique_id == 0) return nullptr;
  const MountId id = {told.unique_id, told.id};
  const auto [place, is_new] = change.world.mounts.try_emplace(id);
  Mount& mount = place->second;
  if (is_new) mount.made_by = change.process.id;
  mount.id = id;
  mount.parent = {told.parent_unique_id, told.parent_id};
  mount.mnt_inode = told.mnt_inode;
  mount.device_major = told.device_major;
  mount.device_minor = told.device_minor;
  mount.flags = told.flags;
  return &mount;
}

void set_if_told(const Change& change, std::string& value, const ev_string& told) {
  if (const events::RecordString string = change.record.string(told); !string.text.empty())
    value = string.text;
}

template<class Event>
void describe(const Change& change, Mount* mount, const Event& event) {
  if (mount == nullptr) return;
  set_if_told(change, mount->fstype, event.mount_fstype);
  set_if_told(change, mount->source, event.mount_source);
}

template<class Event>
void describe_layers(const Change& change, Mount* mount, const Event& event) {
  const std::string_view lower = change.record.string(event.overlay_lower).text;
  if (mount == nullptr || lower.empty()) return;
  Layers layers;
  for (const std::string_view layer : events::split_strings(lower))
    layers.lower.emplace_back(layer);
  layers.upper = change.text(event.overlay_upper);
  layers.work = change.text(event.overlay_work);
  mount->layers = std::move(layers);
}

/// The kernel moves the root of every process of the mount namespace that had the old one
/// (fs/fs_struct.c chroot_fs_refs).
void pivot_root(const Change& change, const ev_mount_pivot_root& pivot) {
  Mount* root = add_mount(change, pivot.root);
  if (root == nullptr) return;
  describe(change, root, pivot);
  describe_layers(change, root, pivot);
  root->mountpoint = "/";
  const auto old_root = change.process.root_mount;
  const std::uint32_t mnt_inode = change.process.namespaces.mnt;
  change.process.root_mount = root->id;
  for (auto& [id, process] : change.world.processes)
    if (mnt_inode != 0 && process.namespaces.mnt == mnt_inode && process.root_mount == old_root)
      process.root_mount = root->id;
}

/// The call names a path, not a mount: only a mount that was made at that very path is found.
void umount(const Change& change, const ev_mount_umount2& umount) {
  const std::string target = change.text(umount.target);
  const std::uint32_t mnt_inode = change.process.namespaces.mnt;
  auto& mounts = change.world.mounts;
  auto topmost = mounts.end();
  for (auto mount = mounts.begin(); mount != mounts.end(); ++mount)
    if (mount->second.mnt_inode == mnt_inode && mount->second.mountpoint == target) topmost = mount;
  if (target.starts_with('/') && mnt_inode != 0 && topmost != mounts.end()) mounts.erase(topmost);
}

} // namespace

void apply_mount_event(const Change& change) {
  if (const auto* mount = change.record.as<ev_mount_mount>()) {
    Mount* made = add_mount(change, mount->new_mount);
    describe(change, made, *mount);
    describe_layers(change, made, *mount);
    if (made != nullptr) set_if_told(change, made->mountpoint, mount->mountpoint);
  } else if (const auto* fsmount = change.record.as<ev_mount_fsmount>()) {
    Mount* made = add_mount(change, fsmount->new_mount);
    describe(change, made, *fsmount);
    describe_layers(change, made, *fsmount);
  } else if (const auto* open_tree = change.record.as<ev_mount_open_tree>()) {
    describe(change, add_mount(change, open_tree->new_mount), *open_tree);
  } else if (const auto* move_mount = change.record.as<ev_mount_move_mount>()) {
    Mount* moved = add_mount(change, move_mount->new_mount);
    describe(change, moved, *move_mount);
    describe_layers(change, moved, *move_mount);
    if (moved != nullptr) set_if_told(change, moved->mountpoint, move_mount->mountpoint);
  } else if (const auto* pivot = change.record.as<ev_mount_pivot_root>()) {
    pivot_root(change, *pivot);
  } else if (const auto* unmounted = change.record.as<ev_mount_umount2>()) {
    umount(change, *unmounted);
  }
}

} // namespace vitrine::world
