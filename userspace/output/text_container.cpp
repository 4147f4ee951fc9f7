// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_container.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"
#include "userspace/kernel/flags.h"
#include "userspace/output/text_overlay.h"
#include "userspace/story/call.h"
#include "userspace/story/naming.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <bit>

namespace vitrine::output {
namespace {

std::string foreign(const TextStyle& style, std::string_view text) {
  return text.empty() ? "unknown" : shown(style, escape_text(text));
}

std::string inode_text(std::uint32_t inode) {
  return inode == 0 ? "unknown" : fmt::format("{}", inode);
}

void add_program(TextBlock& block, const story::Container& container) {
  const TextStyle& style = block.style();
  if (!container.init_known) {
    block.field("program", {{Ink::bad, "none was started"}});
  } else {
    std::vector<std::string> words;
    for (const std::string& argument : container.argv)
      words.push_back(shown(style, escape_text(argument)));
    const std::string executable = container.executable.empty()
                                       ? "(executable unknown)"
                                       : foreign(style, container.executable);
    block.field("program", {{Ink::bold, fmt::format("{}", fmt::join(words, " "))},
                            {Ink::dim, "  " + executable}});
  }
  if (!container.ending)
    block.field("exit", "unknown: it was still there when the trace ended");
  else if (container.ending->signal != 0)
    block.field("exit", {{Ink::bad, "killed by " + kernel::signal_text(static_cast<std::uint64_t>(
                                                       container.ending->signal))}});
  else
    block.field("exit", {{container.ending->code == 0 ? Ink::good : Ink::bad,
                          fmt::format("status {}", container.ending->code)}});
  if (!container.hostname.empty()) block.field("host name", foreign(style, container.hostname));
}

/// What the engine calls it.
void add_names(TextBlock& block, const story::Container& container) {
  const TextStyle& style = block.style();
  const events::ContainerNote& note = container.note;
  if (!note.engine.empty())
    block.field("engine",
                foreign(style, note.engine) +
                    (note.id.empty() ? "" : ", id " + foreign(style, story::short_id(note.id))));
  if (!note.name.empty() && note.name != note.id)
    block.field("name", {{Ink::bold, foreign(style, note.name)}});
  if (!note.image.empty()) block.field("image", foreign(style, note.image));
  if (!note.error.empty()) block.field("unknown", {{Ink::warning, foreign(style, note.error)}});
}

void add_root(TextBlock& block, const story::Container& container, const story::Summary& summary) {
  const TextStyle& style = block.style();
  if (!container.root) {
    block.field("root", "no change of root was seen");
    return;
  }
  const story::RootFilesystem& root = *container.root;
  std::string what = foreign(style, root.fstype);
  if (root.lower.empty() && !root.source.empty() && root.source != root.fstype)
    what += " from " + foreign(style, root.source);
  if (!root.directory.empty()) what = foreign(style, root.directory) + ": " + what;
  block.field("root", what);
  if (root.lower.empty()) return;
  const auto use = summary.overlays.find(root.upper);
  add_overlay(block, container, use == summary.overlays.end() ? nullptr : &use->second);
}

void add_namespaces(TextBlock& block, const story::Container& container,
                    const ev_namespaces& host) {
  const TextStyle& style = block.style();
  block.field("namespaces", {{Ink::dim, "kind    container   host"}});
  for (const events::NamespaceMember& member : events::kNamespaceMembers) {
    const std::uint32_t own = container.namespaces.*member.inode;
    const std::uint32_t hosts = host.*member.inode;
    std::string row = pad(std::string(member.kind), 7) + " " + pad(inode_text(own), 11) + " " +
                      pad(inode_text(hosts), 11);
    const bool known = own != 0 && hosts != 0;
    const std::string_view verdict = !known ? "unknown" : own == hosts ? "shared" : "own";
    block.field("", {{Ink::plain, style.width != 0 && style.width < 60 ? row : row + " "},
                     {verdict == "own" ? Ink::good : Ink::dim, std::string(verdict)}});
  }
  const auto add_map = [&](std::string_view key, const std::vector<ev_id_extent>& map) {
    if (!map.empty()) block.field(key, shown(style, story::id_map_words(map)));
  };
  add_map("users", container.uid_map);
  add_map("groups", container.gid_map);
}

void add_limits(TextBlock& block, const std::vector<story::Limit>& limits) {
  const TextStyle& style = block.style();
  for (const story::Limit& limit : limits) {
    const auto in_force = events::cgroup_value_text(limit.in_force, limit.file);
    std::vector<Run> runs{{Ink::plain, "  " + foreign(style, limit.file) + "  "}};
    if (in_force) {
      runs.push_back({Ink::bold, *in_force});
      if (!story::is_as_asked(limit.asked, *in_force))
        runs.push_back({Ink::dim, fmt::format("  (asked for {})", foreign(style, limit.asked))});
    } else {
      runs.push_back({Ink::bold, foreign(style, limit.asked)});
      runs.push_back(
          {Ink::dim, limit.read_back ? "  (asked for; in force: unknown)" : "  (as written)"});
    }
    block.field("", std::move(runs));
  }
}

void add_cgroups(TextBlock& block, const story::Container& container,
                 const story::Summary& summary) {
  const TextStyle& style = block.style();
  if (container.cgroups.empty()) {
    block.field("cgroups", "no move into another one was seen");
    return;
  }
  // One path is often shared by many hierarchies: told once, unless it has limits.
  std::map<std::string, std::vector<std::string>> plain;
  std::string_view key = "cgroups";
  for (const auto& [hierarchy, path] : container.cgroups) {
    const std::string label = shown(style, story::hierarchy_label(summary.start, hierarchy));
    const auto limits = summary.limits.find({hierarchy, path});
    if (limits == summary.limits.end()) {
      plain[path].push_back(label);
      continue;
    }
    block.field(key, label + ":" + foreign(style, path));
    key = "";
    add_limits(block, limits->second);
  }
  for (const auto& [path, labels] : plain) {
    const bool many = labels.size() > 1;
    block.field(key, fmt::format("{}:{}", many ? "(" + story::joined(labels) + ")" : labels.front(),
                                 foreign(style, path)));
    key = "";
  }
}

std::string capability_set_words(std::uint64_t set) {
  const auto count = static_cast<std::size_t>(std::popcount(set));
  if (count == 0) return "none";
  if (count >= story::capability_count()) return fmt::format("all {}", story::capability_count());
  const auto words = story::capability_words(set);
  const std::uint64_t every = (std::uint64_t{1} << story::capability_count()) - 1;
  if (count * 2 > story::capability_count())
    return fmt::format("{} of {}: all but {}", count, story::capability_count(),
                       story::joined(story::capability_words(every & ~set)));
  return fmt::format("{} of {}: {}", count, story::capability_count(), story::joined(words));
}

void add_privileges(TextBlock& block, const story::Container& container) {
  if (!container.credentials) {
    block.field("privileges", "unknown");
    return;
  }
  const ev_credentials& has = *container.credentials;
  block.field("user", fmt::format("{}, group {}  (as the host counts)", has.euid, has.egid));
  block.field("capabilities", capability_set_words(has.effective));
  if (has.bounding != has.effective) block.field("  bounding", capability_set_words(has.bounding));
  if (has.permitted != has.effective)
    block.field("  permitted", capability_set_words(has.permitted));
  if (has.ambient != 0) block.field("  ambient", capability_set_words(has.ambient));
  block.field("no_new_privs", has.no_new_privs != 0 ? "yes" : "no");
  block.field("seccomp", has.seccomp_mode == 0
                             ? "off: every system call is allowed"
                             : story::counted(has.seccomp_filters, "filter", "filters"));
}

} // namespace

void add_container(TextBlock& block, const story::Container& container,
                   const story::Summary& summary) {
  const std::string label = shown(block.style(), container_label(container));
  std::string title = fmt::format("container {}", container.number);
  if (container.entered)
    title = label;
  else if (!label.empty())
    title += ", " + label;
  if (container.earlier) title += " (there before the trace)";
  if (container.parent != 0) title += fmt::format(" (made in container {})", container.parent);
  title += fmt::format(": {} pid {}", foreign(block.style(), container.comm), container.init.pid);
  block.title(title);
  add_names(block, container);
  add_program(block, container);
  if (!container.entered && !container.earlier) add_root(block, container, summary);
  add_namespaces(block, container, summary.start.host_namespaces);
  add_cgroups(block, container, summary);
  add_privileges(block, container);
}

} // namespace vitrine::output
