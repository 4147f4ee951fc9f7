// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/cgroup_layout.h"

#include "userspace/base/split.h"
#include "userspace/base/unique_fd.h"
#include "userspace/kernel/mountinfo.h"

#include <algorithm>
#include <array>

#include <fcntl.h>

namespace vitrine::kernel {
namespace {

/// Every v1 controller: among a v1 mount's super options there are also rw, xattr and others.
constexpr std::array<std::string_view, 14> kV1Controllers = {
    "cpuset",  "cpu",        "cpuacct",  "blkio",   "memory", "devices", "freezer",
    "net_cls", "perf_event", "net_prio", "hugetlb", "pids",   "rdma",    "misc"};

/// `path` is `directory` or lies below it.
bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.substr(0, directory.size()) == directory &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

CgroupHierarchy v1_hierarchy(const MountInfo& mount) {
  CgroupHierarchy hierarchy{false, mount.mount_point, {}, {}};
  for (const std::string_view option : split(mount.super_options, ',')) {
    if (option.substr(0, 5) == "name=") hierarchy.name = option.substr(5);
    if (std::find(kV1Controllers.begin(), kV1Controllers.end(), option) != kV1Controllers.end())
      hierarchy.controllers.emplace_back(option);
  }
  return hierarchy;
}

bool same_hierarchy(const CgroupHierarchy& a, const CgroupHierarchy& b) {
  return a.v2 == b.v2 && (a.v2 || (a.controllers == b.controllers && a.name == b.name));
}

CgroupMode mode_of(const std::vector<CgroupHierarchy>& hierarchies) {
  bool v1 = false;
  bool v2 = false;
  for (const CgroupHierarchy& hierarchy : hierarchies)
    (hierarchy.v2 ? v2 : v1) = true;
  if (v1) return v2 ? CgroupMode::Hybrid : CgroupMode::V1;
  return v2 ? CgroupMode::V2 : CgroupMode::None;
}

} // namespace

std::string_view cgroup_mode_name(CgroupMode mode) {
  switch (mode) {
  case CgroupMode::None:
    return "none";
  case CgroupMode::V1:
    return "v1";
  case CgroupMode::Hybrid:
    return "hybrid";
  case CgroupMode::V2:
    return "v2";
  }
  return "none";
}

const CgroupHierarchy* CgroupLayout::with_controller(std::string_view controller) const {
  for (const CgroupHierarchy& hierarchy : hierarchies)
    for (const std::string& offered : hierarchy.controllers)
      if (offered == controller) return &hierarchy;
  return nullptr;
}

const CgroupHierarchy* CgroupLayout::unified() const {
  for (const CgroupHierarchy& hierarchy : hierarchies)
    if (hierarchy.v2) return &hierarchy;
  return nullptr;
}

CgroupLayout cgroup_layout_of(std::span<const MountInfo> mounts) {
  std::vector<CgroupHierarchy> visible;
  for (const MountInfo& mount : mounts) {
    // A later mount on the same place, or above it, hides what was there.
    std::erase_if(visible, [&](const auto& earlier) {
      return is_below(earlier.mount_point, mount.mount_point);
    });
    if (mount.type == "cgroup2") visible.push_back({true, mount.mount_point, {}, {}});
    if (mount.type == "cgroup") visible.push_back(v1_hierarchy(mount));
  }
  CgroupLayout layout;
  for (CgroupHierarchy& hierarchy : visible) { // a hierarchy can be mounted at several places
    const bool known = std::any_of(layout.hierarchies.begin(), layout.hierarchies.end(),
                                   [&](const auto& h) { return same_hierarchy(h, hierarchy); });
    if (!known) layout.hierarchies.push_back(std::move(hierarchy));
  }
  layout.mode = mode_of(layout.hierarchies);
  return layout;
}

Result<CgroupLayout> read_cgroup_layout(const std::string& root) {
  const auto mounts = read_mountinfo(root + "/proc");
  if (!mounts) return tl::unexpected(mounts.error());
  CgroupLayout layout = cgroup_layout_of(*mounts);
  for (CgroupHierarchy& hierarchy : layout.hierarchies) {
    if (!hierarchy.v2) continue;
    const auto text = read_file_at(AT_FDCWD, root + hierarchy.mount_point + "/cgroup.controllers");
    if (!text) return tl::unexpected(text.error());
    for (const std::string_view controller :
         split(std::string_view(*text).substr(0, text->find('\n')), ' '))
      hierarchy.controllers.emplace_back(controller);
  }
  return layout;
}

} // namespace vitrine::kernel
