// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engine.h"

#include <fmt/format.h>

namespace vitrine::engines {
namespace {

constexpr std::string_view kMonitor = "[lxc monitor] "; // its whole command line: "… LXCPATH NAME"

std::vector<std::string> lxc_paths(const Host& host, const ContainerHint& hint) {
  std::vector<std::string> paths = {"/var/lib/lxc"};
  for (const EngineProcess& process : host.processes) {
    if (process.comm != "lxc-start" || process.argv.empty()) continue;
    add_once(paths, process.option({"-P", "--lxcpath"}));
    if (!process.argv[0].starts_with(kMonitor)) continue;
    const std::string words = process.argv[0].substr(kMonitor.size());
    add_once(paths, words.substr(0, words.rfind(' ')));
  }
  for (const std::string& directory : hint.directories)
    add_once(paths, directory);
  return paths;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
}

/// The directory that lxc.rootfs.path names, without the type in front; of an overlay the upper
/// one, the only one that the container has for itself.
std::string own_root(std::string_view config) {
  while (!config.empty()) {
    const std::string_view line = config.substr(0, config.find('\n'));
    config.remove_prefix(std::min(config.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != "lxc.rootfs.path")
      continue;
    std::string value = trimmed(line.substr(equals + 1));
    if (value.starts_with("dir:")) value.erase(0, 4);
    if (value.starts_with("overlay:") || value.starts_with("overlayfs:"))
      value.erase(0, value.rfind(':') + 1);
    return value.starts_with('/') ? value : std::string();
  }
  return {};
}

std::uint32_t init_of(const Host& host, const std::string& path, const std::string& name) {
  const std::string title = fmt::format("{}{} {}", kMonitor, path, name);
  for (const EngineProcess& process : host.processes) {
    if (process.comm != "lxc-start" || process.argv.empty()) continue;
    const bool in_foreground = process.option({"-n", "--name"}) == name;
    if (process.argv[0] == title || in_foreground) return init_child(host, process.pid);
  }
  return 0;
}

} // namespace

void find_lxc(const Host& host, const ContainerHint& hint, Findings& found) {
  for (const std::string& path : lxc_paths(host, hint)) {
    const auto containers = Directory::open(host.root, path);
    if (!containers) continue;
    for (const std::string& name : containers->names_for(hint.id)) {
      const auto config = containers->read(name + "/config");
      if (!config || config->find("lxc.") == std::string::npos) continue;
      ContainerNote note;
      note.engine = "lxc";
      note.id = note.name = name;
      note.init_pid = init_of(host, path, name);
      note.directories = {path + "/" + name};
      add_once(note.directories, own_root(*config));
      found.notes.push_back(std::move(note));
    }
  }
}

} // namespace vitrine::engines
