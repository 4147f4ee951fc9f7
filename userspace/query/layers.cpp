// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"

namespace vitrine::query {
namespace {

using objects::Layer;
using objects::Mount;

/// What overlays do with it.
Value role(const Layer& layer, const Lookup&) {
  if (layer.upper_of.empty()) return "lower";
  return layer.lower_of.empty() ? "upper" : "upper and lower";
}

Value overlays(const Layer& layer, const Lookup&) {
  return std::uint64_t{layer.upper_of.size() + layer.lower_of.size()};
}

Value lives_in(const Layer& layer, const Lookup& lookup) {
  List names;
  for (const objects::ContainerId& id : layer.containers)
    names.push_back(lookup.container_name(id));
  return names;
}

Value change_count(const Layer& layer, const Lookup&) {
  return layer.changes ? Value(std::uint64_t{layer.changes->size()}) : Value();
}

/// The layer right below `layer` in that overlay.
const Layer* below(const Lookup& lookup, const objects::MountId& mount_id, const Layer& layer) {
  const auto* mount = lookup.find<Mount>(mount_id);
  if (mount == nullptr || !mount->overlay) return nullptr;
  const auto& lowers = mount->overlay->lower_layers;
  auto next = lowers.begin();
  if (mount->overlay->upper_layer != layer.id) {
    next = std::ranges::find(lowers, layer.id);
    if (next != lowers.end()) ++next;
  }
  return next == lowers.end() ? nullptr : lookup.find<Layer>(*next);
}

/// Layers are stacked: overlays of one image share the lower end of their stacks.
std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  const Layer& layer = lookup.row<Layer>(row);
  for (const auto* overlays_of : {&layer.upper_of, &layer.lower_of})
    if (!overlays_of->empty())
      if (const Layer* found = below(lookup, overlays_of->front(), layer))
        return lookup.index_of(found);
  return std::nullopt;
}

} // namespace

ObjectType layers_type() {
  ObjectType type;
  type.table = Table::layers;
  type.name = "layers";
  type.columns = columns_of<Layer>(
      {computed("role", Kind::text, "upper: an overlay writes into it; lower: below others", role),
       computed("overlays", Kind::number, "how many overlay mounts use it", overlays),
       computed("lives_in", Kind::list, "the containers whose root it is part of", lives_in,
                {Table::containers}),
       computed("change_count", Kind::number, "changed files of an upper directory",
                change_count)});
  type.usual = "id,role,bytes,files,overlays,lives_in,name,path";
  type.in_tree = "role,bytes,files,overlays,lives_in,name,path";
  type.trunk = "path";
  type.size = row_count<Layer>;
  type.parent = parent;
  type.parent_needs = {Table::mounts};
  type.only = only_rows<Layer>;
  return type;
}

} // namespace vitrine::query
