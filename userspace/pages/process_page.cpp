// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/pages/sections.h"
#include "userspace/query/usage.h"

#include <fmt/ranges.h>

namespace vitrine::pages {
namespace {

using objects::Namespace;
using objects::NamespaceKind;
using objects::Process;

constexpr int kMostAncestors = 16;

std::string ancestors(const Process& process, const query::Lookup& lookup) {
  std::string words;
  const Process* above = lookup.process(process.parent_pid);
  for (int count = 0; above != nullptr && count < kMostAncestors; ++count) {
    words += (words.empty() ? "" : ", child of ") + lookup.process_name(above->id);
    above = above->parent_pid == 0 ? nullptr : lookup.process(above->parent_pid);
  }
  return words;
}

void add_head(Section& section, const Process& process, const query::Lookup& lookup) {
  section.add("name", process.comm);
  if (process.command) section.add("command", fmt::format("{}", fmt::join(*process.command, " ")));
  section.add_known("executable", process.executable);
  section.add("state", process.state);
  if (process.container) section.add("lives in", container_words(*process.container, lookup));
  if (process.parent_pid != 0) section.add("child of", ancestors(process, lookup));
  if (process.namespace_pids.size() > 1)
    section.add("its pids", fmt::format("{}, from the outermost pid namespace in",
                                        fmt::join(process.namespace_pids, ", ")));
  section.add_known("root directory", process.root);
  if (!process.threads.empty())
    section.add("threads", fmt::format("{}", process.threads.size() + 1));
}

Run owner_words(const objects::NamespaceId& id, const query::Lookup& lookup) {
  const auto* space = lookup.find<Namespace>(id);
  if (space == nullptr) return {Ink::dim, "of which nothing else is known"};
  if (space->initial) return {Ink::bad, "the host's"};
  if (!space->containers.empty())
    return {Ink::good, escape_text("of " + containers_words(space->containers, lookup))};
  return {Ink::good, "not the host's"};
}

void add_namespaces(Section& section, const Process& process, const query::Lookup& lookup) {
  for (const NamespaceKind kind : objects::kNamespaceKinds) {
    Entry entry{std::string(namespace_kind_name(kind)), {{Ink::dim, "unknown"}}};
    if (const auto id = namespace_of(process, kind))
      entry.runs = {{Ink::plain, output::pad(to_text(*id), 20) + " "}, owner_words(*id, lookup)};
    section.entries.push_back(std::move(entry));
  }
  const auto add_children = [&](NamespaceKind kind, const objects::NamespaceLinks::Link& link) {
    if (link && link != process.namespaces.of(kind))
      section.add(fmt::format("{} of children", namespace_kind_name(kind)),
                  namespace_words({kind, *link}, lookup), Ink::warning);
  };
  add_children(NamespaceKind::pid, process.namespaces.pid_for_children);
  add_children(NamespaceKind::time, process.namespaces.time_for_children);
}

void add_files(Section& section, const Process& process, const query::Lookup& lookup) {
  if (!process.namespace_files) return;
  for (const objects::NamespaceFile& file : *process.namespace_files)
    section.add(fmt::format("fd {}", file.fd),
                fmt::format("{}{} {}", file.in_flight ? "in flight: " : "",
                            file.socket ? "socket of" : "file of",
                            namespace_words(file.namespace_id, lookup)));
}

} // namespace

Page process_page(const Process& process, const query::Lookup& lookup) {
  Page page{fmt::format("process {}", process.id.pid), {}};
  add_head(page.section(""), process, lookup);
  add_namespaces(page.section("Namespaces"), process, lookup);
  add_privileges(page.section("Privileges"), process);
  Section& cgroups = page.section("Cgroups");
  for (const objects::CgroupPlace& place : process.cgroups)
    cgroups.add(place.hierarchy == 0 ? "v2" : fmt::format("v1, {}", place.hierarchy), place.path);
  add_usage(page.section("Limits and use of its cgroups"), query::usage_of(process, lookup));
  add_files(page.section("Files that keep namespaces alive"), process, lookup);
  return page;
}

} // namespace vitrine::pages
