// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/known_containers.h"

#include "userspace/world/path_parts.h"

#include <limits>

namespace vitrine::world {
namespace {

constexpr std::size_t kMostContainers = 4096;
constexpr std::size_t kMostDirectories = 32; ///< of one container
constexpr std::size_t kLongestDirectory = 4096;

/// Ids of 64 digits are the same container whoever speaks of it: a runtime, a shim, an engine.
/// Names are not.
bool is_same(const events::ContainerLabel& label, const ContainerMention& mention) {
  return label.engine.empty() || mention.engine.empty() || label.engine == mention.engine ||
         label.engine == "oci" || mention.engine == "oci" || is_full_id(mention.id);
}

bool lies_deep(std::string_view directory) {
  PathParts parts(directory);
  return directory.starts_with('/') && parts.next() && parts.next();
}

} // namespace

KnownContainers::Pointer KnownContainers::of(const ContainerMention& mention) {
  if (!is_container_name(mention.id)) return nullptr;
  const auto [begin, end] = by_id_.equal_range(mention.id);
  for (auto at = begin; at != end; ++at) {
    events::ContainerLabel& label = at->second->label;
    if (!is_same(label, mention)) continue;
    if (label.engine.empty()) label.engine = mention.engine;
    return at->second;
  }
  if (by_id_.size() >= kMostContainers) make_room();
  auto made = std::make_shared<KnownContainer>();
  made->label.engine = mention.engine;
  made->label.id = mention.id;
  return by_id_.emplace(std::string(mention.id), std::move(made))->second;
}

KnownContainers::Pointer KnownContainers::find(std::string_view id_or_name) {
  if (const auto found = by_id_.find(id_or_name); found != by_id_.end()) return found->second;
  const bool is_prefix = is_short_id(id_or_name);
  for (const auto& [id, container] : by_id_)
    if (container->label.name == id_or_name || (is_prefix && id.starts_with(id_or_name)))
      return container;
  return nullptr;
}

KnownContainers::Pointer KnownContainers::by_path(std::string_view path) const {
  Pointer by_id;
  bool found_directory = false;
  Pointer by_directory;
  PathParts parts(path);
  while (const auto part = parts.next()) {
    if (const auto found = find_directory(parts.so_far()); found != directories_.end()) {
      found_directory = true;
      by_directory = found->second.lock();
    }
    if (is_full_id(*part))
      if (const auto found = by_id_.find(*part); found != by_id_.end()) by_id = found->second;
  }
  return found_directory ? by_directory : by_id;
}

KnownContainers::Directories::const_iterator
KnownContainers::find_directory(std::string_view path) const {
  constexpr std::string_view kInit = "-init";
  const auto found = directories_.find(path);
  if (found != directories_.end() || !path.ends_with(kInit)) return found;
  return directories_.find(path.substr(0, path.size() - kInit.size()));
}

void KnownContainers::add_directory(const Pointer& container, std::string_view directory) {
  while (directory.ends_with('/'))
    directory.remove_suffix(1);
  if (!lies_deep(directory) || directory.size() > kLongestDirectory ||
      container->directories.size() >= kMostDirectories)
    return;
  const auto [place, is_new] = directories_.try_emplace(std::string(directory), container);
  if (is_new)
    container->directories.emplace_back(directory);
  else if (place->second.lock() != container)
    place->second.reset();
}

/// Those of others that nobody refers to go first, then ours, at last whichever: who refers to one
/// keeps it, though not the way to it. An eighth at once, so that it costs little for each.
void KnownContainers::make_room() {
  constexpr std::size_t kEnough = kMostContainers - kMostContainers / 8;
  const auto forget = [&](const KnownContainer& container) {
    for (const std::string& directory : container.directories)
      directories_.erase(directory);
    return true;
  };
  std::erase_if(by_id_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && !entry.second->ours && forget(*entry.second);
  });
  for (const long users : {1L, std::numeric_limits<long>::max()})
    std::erase_if(by_id_, [&](const auto& entry) {
      return by_id_.size() > kEnough && entry.second.use_count() <= users && forget(*entry.second);
    });
}

} // namespace vitrine::world
