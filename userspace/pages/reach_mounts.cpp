// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/reach_mounts.h"

#include "userspace/pages/sections.h"

#include <algorithm>

namespace vitrine::pages {
namespace {

using objects::Container;
using objects::Mount;
using objects::NamespaceKind;
using output::Ink;

// Whoever may write to them can have a privileged container made.
constexpr std::string_view kEngineSockets[] = {"docker.sock", "containerd.sock", "podman.sock",
                                               "crio.sock"};
// Engines make these for every container.
constexpr std::string_view kEngineFiles[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
                                             "/run/.containerenv"};

bool on_device_of(const Mount& a, const Mount& b) {
  return a.device_major == b.device_major && a.device_minor == b.device_minor;
}

/// Calls `call` for each mount of the namespace.
template<class Call>
void for_each_mount(const query::Lookup& lookup, std::uint32_t mount_namespace, const Call& call) {
  if (!lookup.snapshot().mounts) return;
  const auto& mounts = *lookup.snapshot().mounts;
  auto mount =
      std::ranges::lower_bound(mounts, objects::MountId{mount_namespace, 0}, {}, &Mount::id);
  for (; mount != mounts.end() && mount->id.mount_namespace == mount_namespace; ++mount)
    call(*mount);
}

std::optional<std::uint32_t> mount_namespace_of(const Container& container) {
  for (const objects::ContainerNamespace& space : container.namespaces)
    if (space.id.kind == NamespaceKind::mnt) return space.id.inode;
  return std::nullopt;
}

/// Whether `path` is `directory` or in it.
bool is_in(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

/// The host's mount of the file system that `mount` shows a part of, where that part is in it.
const Mount* host_mount_of(const Mount& mount, const query::Lookup& lookup) {
  const Mount* found = nullptr;
  const auto* host = lookup.initial(NamespaceKind::mnt);
  if (host == nullptr) return nullptr;
  for_each_mount(lookup, host->id.inode, [&](const Mount& own) {
    if (found == nullptr && on_device_of(own, mount) && is_in(mount.root, own.root)) found = &own;
  });
  return found;
}

/// Where the host has what the mount shows.
std::string host_path(const Mount& mount, const Mount& host) {
  std::string path = host.mount_point == "/" ? "" : host.mount_point;
  const std::string below = mount.root.substr(host.root == "/" ? 0 : host.root.size());
  if (below != "/") path += below;
  return path.empty() ? "/" : path;
}

bool is_engine_socket(const Mount& mount) {
  return std::ranges::any_of(kEngineSockets, [&](std::string_view name) {
    return mount.root.ends_with(name) || mount.mount_point.ends_with(name);
  });
}

bool is_kernel_tree(const Mount& mount) {
  return mount.type == "proc" || mount.type == "sysfs" || mount.type == "cgroup" ||
         mount.type == "cgroup2" || mount.type == "devtmpfs";
}

void add_kernel_tree(std::vector<Reach>& reaches, const Mount& mount) {
  if (mount.type == "devtmpfs")
    reaches.push_back({Ink::warning, "The host's devices are at " + mount.mount_point + "."});
  else if (mount.type == "sysfs" && !read_only(mount))
    reaches.push_back(
        {Ink::warning, "It can write to the kernel's settings in " + mount.mount_point + "."});
  else if (mount.type.starts_with("cgroup") && !read_only(mount))
    reaches.push_back({Ink::warning, "It can write to cgroups in " + mount.mount_point + "."});
}

void add_host_part(std::vector<Reach>& reaches, const Mount& mount, const Mount& host) {
  const std::string path = host_path(mount, host);
  const bool fixed = read_only(mount);
  if (path == "/" || is_engine_socket(mount)) {
    const bool socket = path != "/";
    reaches.push_back({fixed && !socket ? Ink::warning : Ink::bad,
                       socket
                           ? fmt::format("It can command the host's container engine: {} is at {}.",
                                         path, mount.mount_point)
                           : fmt::format("The host's root directory is at {}{}.", mount.mount_point,
                                         fixed ? ", read-only" : ", writable")});
    return;
  }
  reaches.push_back({fixed ? Ink::plain : Ink::warning,
                     fmt::format("It can {} the host's {} at {}.", fixed ? "read" : "write to",
                                 path, mount.mount_point)});
}

} // namespace

bool from_host(const Mount& mount, const Container& container, const query::Lookup& lookup) {
  if (is_kernel_tree(mount) || mount.overlay || container.root == mount.id) return false;
  if (std::ranges::find(kEngineFiles, mount.mount_point) != std::end(kEngineFiles)) return false;
  return host_mount_of(mount, lookup) != nullptr;
}

void add_mounts(std::vector<Reach>& reaches, const Container& container,
                const query::Lookup& lookup) {
  const auto mount_namespace = mount_namespace_of(container);
  const auto* host = lookup.initial(NamespaceKind::mnt);
  if (!mount_namespace || (host != nullptr && host->id.inode == *mount_namespace)) return;
  if (host == nullptr || !lookup.snapshot().mounts) {
    reaches.push_back({Ink::warning, "Which of the host's files it sees is unknown."});
    return;
  }
  bool settings_protected = false;
  bool has_proc = false;
  for_each_mount(lookup, *mount_namespace, [&](const Mount& mount) {
    if (mount.covered) return;
    if (mount.type == "proc" && mount.mount_point == "/proc" && !read_only(mount)) has_proc = true;
    if (mount.mount_point == "/proc/sys" && read_only(mount)) settings_protected = true;
    add_kernel_tree(reaches, mount);
    if (!from_host(mount, container, lookup)) return;
    if (const Mount* own = host_mount_of(mount, lookup)) add_host_part(reaches, mount, *own);
  });
  if (has_proc && !settings_protected)
    reaches.push_back({Ink::warning, "It can write to the kernel's settings in /proc/sys."});
}

} // namespace vitrine::pages
