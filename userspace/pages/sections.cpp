// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"

#include "userspace/query/value.h"

#include <algorithm>

namespace vitrine::pages {

std::string container_words(const objects::ContainerId& id, const query::Lookup& lookup) {
  return fmt::format("{} ({})", lookup.container_name(id), id.engine);
}

std::string containers_words(const std::vector<objects::ContainerId>& ids,
                             const query::Lookup& lookup) {
  std::string words;
  for (const objects::ContainerId& id : ids)
    words += (words.empty() ? "" : ", ") + container_words(id, lookup);
  return words;
}

std::string namespace_words(const objects::NamespaceId& id, const query::Lookup& lookup) {
  const auto* space = lookup.find<objects::Namespace>(id);
  if (space == nullptr) return to_text(id);
  if (space->initial) return to_text(id) + ", the host's";
  if (space->containers.empty()) return to_text(id);
  return to_text(id) + ", of " + containers_words(space->containers, lookup);
}

std::optional<objects::NamespaceId> namespace_of(const objects::Process& process,
                                                 objects::NamespaceKind kind) {
  const auto& link = process.namespaces.of(kind);
  if (!link) return std::nullopt;
  return objects::NamespaceId{kind, *link};
}

bool read_only(const objects::Mount& mount) {
  return std::ranges::find(mount.options, "ro") != mount.options.end() ||
         std::ranges::find(mount.super_options, "ro") != mount.super_options.end();
}

std::string bytes_text(std::uint64_t bytes) {
  return query::value_text(query::Kind::bytes, bytes);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

} // namespace vitrine::pages
