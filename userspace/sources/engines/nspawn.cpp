// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engine.h"

namespace vitrine::engines {
namespace {

constexpr const char* kEngine = "systemd-nspawn";

/// The value of a line NAME=VALUE.
std::string value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with(name) && line.substr(name.size()).starts_with('='))
      return std::string(line.substr(name.size() + 1));
  }
  return {};
}

void add_machine(const std::string& name, std::uint32_t pid, const std::string& root,
                 Findings& found) {
  ContainerNote note;
  note.engine = kEngine;
  note.id = note.name = name;
  note.init_pid = pid;
  if (root.starts_with('/')) note.directories = {root};
  found.notes.push_back(std::move(note));
}

void find_registered(const Host& host, const ContainerHint& hint, Findings& found) {
  const auto machines = Directory::open(host.root, "/run/systemd/machines");
  if (!machines) return;
  for (const std::string& name : machines->names_for(hint.id)) {
    const auto text = machines->read(name);
    if (!text || value_of(*text, "SERVICE") != kEngine) continue;
    const std::uint64_t leader = parse_number(value_of(*text, "LEADER"));
    add_machine(name, living_init(host, leader), value_of(*text, "ROOT"), found);
  }
}

/// systemd-nspawn(1), --machine: without it the last part of the root's path.
std::string machine_name(const EngineProcess& process, std::string root) {
  if (std::string name = process.option({"-M", "--machine"}); !name.empty()) return name;
  while (root.size() > 1 && root.ends_with('/'))
    root.pop_back();
  return root.substr(root.rfind('/') + 1);
}

void find_running(const Host& host, Findings& found) {
  for (const EngineProcess& process : host.processes) {
    if (process.comm != kEngine) continue;
    const std::string root = process.option({"-D", "--directory"});
    const std::string name = machine_name(process, root);
    if (is_plain_name(name)) add_machine(name, init_child(host, process.pid), root, found);
  }
}

} // namespace

void find_nspawn(const Host& host, const ContainerHint& hint, Findings& found) {
  find_registered(host, hint, found);
  find_running(host, found);
}

} // namespace vitrine::engines
