// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/bundle.h"
#include "userspace/sources/engines/engine.h"

namespace vitrine::engines {
namespace {

constexpr const char* kTasks = "io.containerd.runtime.v2.task";

/// Where containerds keep what runs: its own, that of a dockerd, and of whoever started a shim. A
/// shim's working directory is its container's bundle.
std::vector<std::string> state_directories(const Host& host, const ContainerHint& hint) {
  std::vector<std::string> states = {"/run/containerd", "/run/docker/containerd/daemon"};
  for (const EngineProcess& process : host.processes)
    if (process.comm == "containerd-shim")
      add_once(states, part_before(process.working_directory, kTasks));
  for (const std::string& directory : hint.directories) {
    add_once(states, part_before(directory, kTasks));
    add_once(states, directory);
  }
  return states;
}

} // namespace

void find_containerd(const Host& host, const ContainerHint& hint, Findings& found) {
  for (const std::string& state : state_directories(host, hint)) {
    const auto tasks = Directory::open(host.root, state + "/" + kTasks);
    if (!tasks) continue;
    for (const std::string& space : tasks->names())
      for (const std::string& id : tasks->names_for(hint.id, space)) {
        auto note = read_bundle(host, tasks->path() + "/" + space + "/" + id, id);
        if (!note) continue;
        const std::string pid = tasks->first_line(space + "/" + id + "/init.pid");
        note->init_pid = living_pid(host, parse_number(pid), id);
        found.notes.push_back(*std::move(note));
      }
  }
}

} // namespace vitrine::engines
