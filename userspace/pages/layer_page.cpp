// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"

#include <algorithm>

namespace vitrine::pages {
namespace {

using objects::Layer;
using objects::Mount;

std::string overlay_words(const objects::MountId& id, const query::Lookup& lookup) {
  const auto* mount = lookup.find<Mount>(id);
  if (mount == nullptr) return "mount " + to_text(id);
  std::string words = mount->mount_point;
  words += mount->container ? ", in " + container_words(*mount->container, lookup)
                            : fmt::format(", in mnt:[{}]", id.mount_namespace);
  return words;
}

void add_changes(Section& section, const Layer& layer) {
  constexpr std::size_t kMost = 40;
  if (!layer.changes) return;
  const std::size_t count = std::min(kMost, layer.changes->size());
  for (std::size_t i = 0; i < count; ++i) {
    const objects::UpperChange& change = (*layer.changes)[i];
    section.add(objects::enum_name(change.kind),
                fmt::format("{}, {}", change.path, bytes_text(change.bytes)));
  }
  if (count < layer.changes->size())
    section.add("", fmt::format("and {} more: --json has them all", layer.changes->size() - count),
                Ink::dim);
}

} // namespace

Page layer_page(const Layer& layer, const query::Lookup& lookup) {
  Page page{"layer " + to_text(layer.id), {}};
  Section& head = page.section("");
  head.add("path", layer.path);
  head.add_known("name", layer.name);
  head.add_known("digest", layer.digest);
  head.add("size", layer.bytes ? bytes_text(*layer.bytes) : "unknown");
  if (layer.files) head.add("files", fmt::format("{}", *layer.files));
  if (!layer.containers.empty()) head.add("part of", containers_words(layer.containers, lookup));
  Section& overlays = page.section("Overlays");
  for (const objects::MountId& id : layer.upper_of)
    overlays.add("upper of", overlay_words(id, lookup));
  for (const objects::MountId& id : layer.lower_of)
    overlays.add("lower of", overlay_words(id, lookup));
  add_changes(page.section("Changes"), layer);
  return page;
}

} // namespace vitrine::pages
