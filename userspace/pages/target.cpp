// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/target.h"

#include "userspace/base/edit_distance.h"
#include "userspace/base/text_escape.h"
#include "userspace/pages/sections.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace vitrine::pages {
namespace {

using objects::Cgroup;
using objects::Container;
using objects::Layer;
using objects::Namespace;
using objects::Process;

std::optional<std::uint32_t> number_of(std::string_view word) {
  std::uint32_t number = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// Calls `call` for each object of a table that there is.
template<class Object, class Call>
void for_each(const query::Lookup& lookup, const Call& call) {
  if (const auto& table = query::table_of<Object>(lookup.snapshot()))
    for (const Object& object : *table)
      call(object);
}

std::vector<Target> exact_matches(const query::Lookup& lookup, std::string_view word) {
  std::vector<Target> found;
  const auto number = number_of(word);
  for_each<Process>(lookup, [&](const Process& process) {
    if (process.id.pid == number || to_text(process.id) == word) found.emplace_back(&process);
  });
  for_each<Container>(lookup, [&](const Container& container) {
    if (container.name == word || container.id.id == word || to_text(container.id) == word)
      found.emplace_back(&container);
  });
  for_each<Namespace>(lookup, [&](const Namespace& space) {
    if (space.id.inode == number || to_text(space.id) == word) found.emplace_back(&space);
  });
  CgroupsOfPath cgroups;
  for_each<Cgroup>(lookup, [&](const Cgroup& cgroup) {
    if (cgroup.path == word || to_text(cgroup.id) == word) cgroups.push_back(&cgroup);
  });
  if (!cgroups.empty()) found.emplace_back(std::move(cgroups));
  for_each<Layer>(lookup, [&](const Layer& layer) {
    if (layer.path == word || to_text(layer.id) == word || layer.digest == word)
      found.emplace_back(&layer);
  });
  return found;
}

std::vector<Target> beginnings(const query::Lookup& lookup, std::string_view word) {
  std::vector<Target> found;
  for_each<Container>(lookup, [&](const Container& container) {
    if ((container.name && container.name->starts_with(word)) ||
        container.id.id.starts_with(word) || to_text(container.id).starts_with(word))
      found.emplace_back(&container);
  });
  return found;
}

struct Words {
  const query::Lookup& lookup;
  std::string operator()(const Process* process) const {
    return "process " + lookup.process_name(process->id);
  }
  std::string operator()(const Container* container) const {
    return fmt::format("container {} ({})", lookup.container_name(container->id),
                       to_text(container->id));
  }
  std::string operator()(const Namespace* space) const { return "namespace " + to_text(space->id); }
  std::string operator()(const CgroupsOfPath& cgroups) const {
    return "cgroup " + cgroups.front()->path;
  }
  std::string operator()(const Layer* layer) const { return "layer " + layer->path; }
};

tl::unexpected<Error> ambiguous(const query::Lookup& lookup, std::string_view word,
                                const std::vector<Target>& found) {
  constexpr std::size_t kMost = 20;
  std::string lines;
  for (std::size_t i = 0; i < std::min(kMost, found.size()); ++i)
    lines += "\n  " + escape_text(std::visit(Words{lookup}, found[i]));
  if (found.size() > kMost) lines += fmt::format("\n  and {} more", found.size() - kMost);
  return with_hint(failure("\"{}\" may be one of several:{}", escape_text(word), lines),
                   "PID:START, ENGINE/ID and KIND:[INODE] are exact");
}

tl::unexpected<Error> unknown(const query::Lookup& lookup, std::string_view word) {
  std::vector<std::string> names;
  for_each<Container>(lookup, [&](const Container& container) {
    names.push_back(lookup.container_name(container.id));
  });
  if (word.starts_with('/'))
    for_each<Cgroup>(lookup, [&](const Cgroup& cgroup) { names.push_back(cgroup.path); });
  std::vector<std::string> near = near_matches(word, names);
  std::ranges::transform(near, near.begin(),
                         [](const std::string& name) { return escape_text(name); });
  return with_hint(failure("no process, container, namespace, cgroup or layer is called \"{}\"",
                           escape_text(word)),
                   near.empty() ? "" : fmt::format("did you mean {}?", fmt::join(near, " or ")));
}

} // namespace

Result<Target> find_target(const query::Lookup& lookup, std::string_view word) {
  if (word.empty()) return failure("the empty name is nobody's");
  std::vector<Target> found = exact_matches(lookup, word);
  if (found.empty()) found = beginnings(lookup, word);
  if (found.empty()) return unknown(lookup, word);
  if (found.size() > 1) return ambiguous(lookup, word, found);
  return std::move(found.front());
}

Result<objects::ContainerId> container_of_target(const query::Lookup& lookup,
                                                 std::string_view word) {
  const auto target = find_target(lookup, word);
  if (!target) return tl::unexpected(target.error());
  if (const auto* container = std::get_if<const Container*>(&*target)) return (*container)->id;
  if (const auto* process = std::get_if<const Process*>(&*target); process && (*process)->container)
    return *(*process)->container;
  return failure("{} is in no container", escape_text(std::visit(Words{lookup}, *target)));
}

Page page_of(const Target& target, const query::Lookup& lookup) {
  struct Pages {
    const query::Lookup& lookup;
    Page operator()(const Process* process) const { return process_page(*process, lookup); }
    Page operator()(const Container* container) const { return container_page(*container, lookup); }
    Page operator()(const Namespace* space) const { return namespace_page(*space, lookup); }
    Page operator()(const CgroupsOfPath& cgroups) const { return cgroup_page(cgroups, lookup); }
    Page operator()(const Layer* layer) const { return layer_page(*layer, lookup); }
  };
  return std::visit(Pages{lookup}, target);
}

} // namespace vitrine::pages
