// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/overlay_layers.h"

#include "userspace/base/in_root.h"
#include "userspace/base/unique_fd.h"

#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace vitrine::mounts {
namespace {

using Device = std::pair<std::uint32_t, std::uint32_t>;

struct Layers {
  std::vector<objects::LayerId> lower;
  std::optional<objects::LayerId> upper;
};

Device device_of(const objects::Mount& mount) {
  return {mount.device_major, mount.device_minor};
}

std::optional<objects::LayerId> layer_at(int root, const std::string& path) {
  if (!path.starts_with('/')) return std::nullopt;
  const UniqueFd directory(open_in_root(root, path.c_str(), O_PATH | O_DIRECTORY));
  struct stat status = {};
  if (!directory.valid() || ::fstat(directory.get(), &status) != 0) return std::nullopt;
  return objects::LayerId{major(status.st_dev), minor(status.st_dev), status.st_ino};
}

Layers layers_in(int root, const objects::OverlayDirectories& directories) {
  Layers layers;
  if (directories.upper) layers.upper = layer_at(root, *directories.upper);
  for (const std::string& path : directories.lower) {
    const auto layer = layer_at(root, path);
    if (!layer) {
      layers.lower.clear();
      break;
    }
    layers.lower.push_back(*layer);
  }
  return layers;
}

/// Where the overlay's names may have been meant, the likeliest first.
std::vector<std::uint32_t> views_of(std::span<const objects::Mount* const> mounts,
                                    std::uint32_t own) {
  std::set<std::uint32_t> views;
  for (const objects::Mount* mount : mounts)
    if (mount->mount_point != "/") views.insert(mount->id.mount_namespace);
  const bool here = views.erase(own) != 0;
  std::vector<std::uint32_t> order(views.begin(), views.end());
  order.insert(here ? order.begin() : order.end(), own);
  return order;
}

/// The first view that has all of it; else the first that has any.
Layers find_among(std::span<const std::uint32_t> views, const Roots& roots,
                  const objects::OverlayDirectories& directories) {
  Layers best;
  for (const std::uint32_t view : views) {
    const auto root = roots.find(view);
    if (root == roots.end()) continue;
    const auto directory = open_at(AT_FDCWD, root->second, O_PATH | O_DIRECTORY);
    if (!directory) continue;
    Layers layers = layers_in(directory->get(), directories);
    const bool all = layers.lower.size() == directories.lower.size() &&
                     layers.upper.has_value() == directories.upper.has_value();
    if (all || (best.lower.empty() && !best.upper)) best = std::move(layers);
    if (all) break;
  }
  return best;
}

} // namespace

void find_layers(std::span<objects::Mount> mounts, const Roots& roots, std::uint32_t own) {
  std::map<Device, std::vector<objects::Mount*>> overlays;
  for (objects::Mount& mount : mounts)
    if (mount.overlay) overlays[device_of(mount)].push_back(&mount);
  for (const auto& [device, same] : overlays) {
    const Layers layers = find_among(views_of(same, own), roots, *same.front()->overlay);
    for (objects::Mount* mount : same) {
      mount->overlay->lower_layers = layers.lower;
      mount->overlay->upper_layer = layers.upper;
    }
  }
}

} // namespace vitrine::mounts
