// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/cgroups/hierarchies.h"

#include "userspace/base/split.h"
#include "userspace/base/unique_fd.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fcntl.h>

namespace vitrine::cgroups {
namespace {

bool is_same(const kernel::CgroupHierarchy& mounted,
             const std::vector<std::string_view>& controllers) {
  if (controllers.empty()) return mounted.v2;
  if (mounted.v2) return false;
  return std::ranges::all_of(controllers, [&](std::string_view controller) {
    return controller == "name=" + mounted.name ||
           std::ranges::find(mounted.controllers, controller) != mounted.controllers.end();
  });
}

std::optional<Hierarchy> hierarchy_of(const kernel::CgroupLayout& layout, std::string_view line) {
  Hierarchy hierarchy;
  const std::size_t colon = line.find(':');
  const std::size_t second = colon == line.npos ? line.npos : line.find(':', colon + 1);
  if (second == line.npos) return std::nullopt;
  const auto [end, error] = std::from_chars(line.data(), line.data() + colon, hierarchy.number);
  if (error != std::errc() || end != line.data() + colon) return std::nullopt;
  const std::string_view names = line.substr(colon + 1, second - colon - 1);
  const auto controllers = split(names, ',');
  const auto mounted =
      std::ranges::find_if(layout.hierarchies, [&](const kernel::CgroupHierarchy& candidate) {
        return is_same(candidate, controllers);
      });
  if (mounted == layout.hierarchies.end()) return std::nullopt;
  hierarchy.name = mounted->v2 ? "v2" : std::string(names);
  hierarchy.mount_point = mounted->mount_point;
  if (!mounted->v2) hierarchy.controllers = mounted->controllers;
  return hierarchy;
}

} // namespace

std::vector<Hierarchy> numbered(const kernel::CgroupLayout& layout, std::string_view membership) {
  std::vector<Hierarchy> hierarchies;
  for (const std::string_view line : split(membership, '\n'))
    if (auto hierarchy = hierarchy_of(layout, line)) hierarchies.push_back(*std::move(hierarchy));
  std::ranges::sort(hierarchies, {}, &Hierarchy::number);
  return hierarchies;
}

Result<std::vector<Hierarchy>> read_hierarchies(const std::string& root) {
  const auto layout = kernel::read_cgroup_layout(root);
  if (!layout) return tl::unexpected(layout.error());
  const auto membership = read_file_at(AT_FDCWD, root + "/proc/self/cgroup");
  if (!membership) return tl::unexpected(membership.error());
  return numbered(*layout, *membership);
}

} // namespace vitrine::cgroups
