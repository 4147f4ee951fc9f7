// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/pages/reach.h"
#include "userspace/pages/reach_mounts.h"
#include "userspace/pages/sections.h"
#include "userspace/query/usage.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace vitrine::pages {
namespace {

using objects::Container;
using objects::ContainerNamespace;
using objects::ContainerStatus;
using objects::Mount;
using objects::NamespaceKind;
using objects::Sharing;

void add_head(Section& section, const Container& container, const query::Lookup& lookup) {
  section.add("engine", container.engine);
  section.add("id", container.id.id);
  section.add_known("image", container.image);
  if (container.pod)
    section.add("pod", container.pod_namespace.value_or("unknown") + "/" + *container.pod);
  section.add("status", objects::enum_name(container.status),
              container.status == ContainerStatus::running ? Ink::good : Ink::warning);
  if (container.init) section.add("first process", lookup.process_name(*container.init));
  section.add("processes", fmt::format("{}", container.processes));
  for (const objects::Label& label : container.labels)
    section.add("label", label.key + "=" + label.value);
  section.add("known from", fmt::format("{}", fmt::join(container.sources, ", ")));
  for (const std::string& disagreement : container.disagreements)
    section.add("disagreement", disagreement, Ink::warning);
}

Run sharing_words(const ContainerNamespace& space, const query::Lookup& lookup) {
  switch (space.sharing) {
  case Sharing::own:
    return {Ink::good, "own"};
  case Sharing::host:
    return {Ink::bad, "shared with the host"};
  case Sharing::container:
    return {Ink::warning,
            escape_text("shared with " + containers_words(space.shared_with, lookup))};
  case Sharing::other:
    break;
  }
  return {Ink::warning, "shared with other processes"};
}

void add_namespaces(Section& section, const Container& container, const query::Lookup& lookup) {
  if (!container.init) return;
  for (const NamespaceKind kind : objects::kNamespaceKinds) {
    const auto space = std::ranges::find(
        container.namespaces, kind, [](const ContainerNamespace& found) { return found.id.kind; });
    Entry entry{std::string(namespace_kind_name(kind)), {}};
    if (space == container.namespaces.end())
      entry.runs = {{Ink::dim, "unknown, or this kernel has none"}};
    else
      entry.runs = {{Ink::plain, output::pad(to_text(space->id), 20) + " "},
                    sharing_words(*space, lookup)};
    section.entries.push_back(std::move(entry));
  }
}

void add_layer(Section& section, std::string_view label, const objects::LayerId& id,
               const Container& container, const query::Lookup& lookup) {
  const auto* layer = lookup.find<objects::Layer>(id);
  if (layer == nullptr) return section.add(label, to_text(id));
  std::string words = layer->name.value_or(layer->path);
  if (layer->bytes) words += ", " + bytes_text(*layer->bytes);
  if (layer->changes) words += ", " + counted(layer->changes->size(), "change", "changes");
  const auto others = std::ranges::count_if(
      layer->containers, [&](const objects::ContainerId& other) { return other != container.id; });
  if (others > 0)
    words += ", shared with " +
             counted(static_cast<std::uint64_t>(others), "other container", "other containers");
  section.add(label, words);
}

void add_root(Section& section, const Container& container, const query::Lookup& lookup) {
  const Mount* root = container.root ? lookup.find<Mount>(*container.root) : nullptr;
  if (root == nullptr) return;
  section.add("root", fmt::format("{} {}, {}", root->type, root->source,
                                  read_only(*root) ? "read-only" : "writable"));
  if (!root->overlay) return;
  if (root->overlay->upper_layer)
    add_layer(section, "upper", *root->overlay->upper_layer, container, lookup);
  else
    section.add("upper", root->overlay->upper.value_or("none: nothing can be written"));
  for (const objects::LayerId& lower : root->overlay->lower_layers)
    add_layer(section, "lower", lower, container, lookup);
  if (root->overlay->lower_layers.empty())
    for (const std::string& lower : root->overlay->lower)
      section.add("lower", lower);
}

/// What was mounted for it; the usual file systems of the kernel are only counted.
void add_mount_list(Section& section, const Container& container, const query::Lookup& lookup) {
  if (!lookup.snapshot().mounts) return;
  std::uint64_t usual = 0;
  for (const Mount& mount : *lookup.snapshot().mounts) {
    if (mount.container != container.id || container.root == mount.id) continue;
    if (mount.device_major == 0 && !from_host(mount, container, lookup)) {
      ++usual; // no block device is behind it
      continue;
    }
    section.add("", fmt::format("{}  {} {}, {}", mount.mount_point, mount.type, mount.root,
                                read_only(mount) ? "read-only" : "writable"));
  }
  if (usual != 0)
    section.add("",
                fmt::format("and {} of the kernel: vitrine mounts --filter lives_in={}",
                            counted(usual, "file system", "file systems"),
                            lookup.container_name(container.id)),
                Ink::dim);
}

void add_reach(Section& section, const Container& container, const query::Lookup& lookup) {
  if (!container.init) return;
  const auto reaches = reach_of(container, lookup);
  for (const Reach& reach : reaches)
    section.add("", reach.sentence, reach.ink);
  if (reaches.empty()) section.add("", "Nothing was found that leads out of it.", Ink::good);
}

const objects::Network* network_of(const Container& container, const query::Lookup& lookup) {
  for (const ContainerNamespace& space : container.namespaces)
    if (space.id.kind == NamespaceKind::net && space.sharing != Sharing::host)
      return lookup.find<objects::Network>(space.id);
  return nullptr;
}

} // namespace

Page container_page(const Container& container, const query::Lookup& lookup) {
  Page page{"container " + lookup.container_name(container.id), {}};
  add_head(page.section(""), container, lookup);
  add_reach(page.section("What it can reach"), container, lookup);
  add_namespaces(page.section("Namespaces"), container, lookup);
  const auto* init = container.init ? lookup.find<objects::Process>(*container.init) : nullptr;
  if (init != nullptr) add_privileges(page.section("Privileges of its first process"), *init);
  add_usage(page.section("Limits and use"), query::usage_of(container, lookup));
  add_root(page.section("Root and layers"), container, lookup);
  add_mount_list(page.section("Mounts"), container, lookup);
  if (const auto* network = network_of(container, lookup))
    add_network(page.section("Network"), *network, lookup);
  return page;
}

} // namespace vitrine::pages
