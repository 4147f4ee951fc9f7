// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/layers.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace vitrine::world {
namespace {

using objects::Layer;
using objects::LayerId;

using Names = std::map<std::string_view, std::string_view>; // by directory

Layer& layer_at(std::map<LayerId, Layer>& layers, const LayerId& id, const std::string& path,
                const Names& names) {
  const auto [at, made] = layers.try_emplace(id);
  Layer& layer = at->second;
  if (made) {
    layer.id = id;
    layer.path = path;
  }
  if (const auto name = names.find(path); name != names.end() && !layer.name)
    layer.name = name->second;
  return layer;
}

void add_once(std::vector<objects::MountId>& mounts, const objects::MountId& id) {
  if (mounts.empty() || mounts.back() != id) mounts.push_back(id);
}

} // namespace

std::vector<Layer> layers_of(std::span<const objects::Mount> mounts,
                             std::span<const events::ContainerNote> notes) {
  Names names;
  for (const events::ContainerNote& note : notes)
    for (const events::LayerName& layer : note.layers)
      names.emplace(layer.directory, layer.name);
  std::map<LayerId, Layer> layers;
  for (const objects::Mount& mount : mounts) {
    if (!mount.overlay) continue;
    const objects::OverlayDirectories& overlay = *mount.overlay;
    if (overlay.upper && overlay.upper_layer)
      add_once(layer_at(layers, *overlay.upper_layer, *overlay.upper, names).upper_of, mount.id);
    if (overlay.lower_layers.size() != overlay.lower.size()) continue;
    for (std::size_t i = 0; i < overlay.lower.size(); ++i)
      add_once(layer_at(layers, overlay.lower_layers[i], overlay.lower[i], names).lower_of,
               mount.id);
  }
  std::vector<Layer> table;
  for (auto& [id, layer] : layers)
    table.push_back(std::move(layer));
  return table;
}

} // namespace vitrine::world
