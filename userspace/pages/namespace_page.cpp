// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"
#include "userspace/query/holder_words.h"

namespace vitrine::pages {
namespace {

using objects::Namespace;
using objects::NamespaceKind;

void add_head(Section& section, const Namespace& space, const query::Lookup& lookup) {
  if (space.initial) section.add("made", "at boot: it is the host's");
  if (space.unique_id) section.add("unique id", fmt::format("{}", space.unique_id->value));
  if (space.parent) section.add("parent", namespace_words(*space.parent, lookup));
  if (space.owner) section.add("owner", namespace_words(*space.owner, lookup));
  if (space.creator_uid) section.add("made by user", fmt::format("{}", *space.creator_uid));
  if (space.oldest) section.add("oldest process", lookup.process_name(*space.oldest));
  section.add("processes", fmt::format("{}", space.processes));
  if (space.threads != 0)
    section.add("threads", fmt::format("{} whose processes live elsewhere", space.threads));
  if (!space.containers.empty())
    section.add("containers", containers_words(space.containers, lookup));
  section.add_known("hostname", space.hostname);
  if (space.references) section.add("references", fmt::format("{}", *space.references));
}

void add_map(Section& section, std::string_view what,
             const std::optional<std::vector<objects::IdMapping>>& map) {
  if (!map) return section.add(what, "unknown");
  for (const objects::IdMapping& line : *map)
    section.add(what, fmt::format("{} to {} are {} to {} outside", line.inside,
                                  std::uint64_t{line.inside} + line.count - 1, line.outside,
                                  std::uint64_t{line.outside} + line.count - 1));
}

void add_holders(Section& section, const Namespace& space, const query::Lookup& lookup) {
  for (const objects::Holder& holder : space.kept_alive_by) {
    std::string words = query::holder_words(holder, lookup);
    if (!holder.release.empty()) words += "; lets go: " + holder.release;
    section.add("", words);
  }
}

/// Namespaces that are nested in it or belong to it.
void add_below(Section& section, const Namespace& space, const query::Lookup& lookup) {
  for (const Namespace& other : *lookup.snapshot().namespaces) {
    if (other.parent == space.id) section.add("child", namespace_words(other.id, lookup));
    if (other.owner == space.id && other.parent != space.id && other.id != space.id)
      section.add("owned", namespace_words(other.id, lookup));
  }
}

} // namespace

Page namespace_page(const Namespace& space, const query::Lookup& lookup) {
  Page page{fmt::format("{} namespace {}", namespace_kind_name(space.id.kind), to_text(space.id)),
            {}};
  add_head(page.section(""), space, lookup);
  if (space.id.kind == NamespaceKind::user) {
    Section& maps = page.section("Users and groups");
    add_map(maps, "users", space.uid_map);
    add_map(maps, "groups", space.gid_map);
  }
  add_holders(page.section("Kept alive by"), space, lookup);
  // The host's own would list nearly all there are.
  if (!space.initial) add_below(page.section("Below it"), space, lookup);
  if (space.id.kind == NamespaceKind::net)
    if (const auto* network = lookup.find<objects::Network>(space.id))
      add_network(page.section("Network"), *network, lookup);
  return page;
}

} // namespace vitrine::pages
