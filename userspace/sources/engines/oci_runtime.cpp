// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/bundle.h"
#include "userspace/sources/engines/engine.h"
#include "userspace/sources/engines/json.h"

#include <algorithm>

namespace vitrine::engines {
namespace {

/// The runtimes' own defaults, and what containerd and dockerd give as --root.
std::vector<std::string> runtime_roots(const Host& host, const ContainerHint& hint) {
  std::vector<std::string> roots = {"/run/runc", "/run/crun"};
  std::vector<std::string> of_namespaces = {"/run/containerd/runc"};
  for (const EngineProcess& process : host.processes) {
    if (process.comm != "dockerd") continue;
    const std::string exec_root = process.option({"--exec-root"});
    of_namespaces.push_back((exec_root.empty() ? "/run/docker" : exec_root) + "/runtime-runc");
  }
  for (const std::string& parent : of_namespaces)
    if (const auto directory = Directory::open(host.root, parent))
      for (const std::string& space : directory->names())
        add_once(roots, parent + "/" + space);
  for (const std::string& directory : hint.directories)
    add_once(roots, directory);
  return roots;
}

/// runc keeps the bundle as a label of its own: "bundle=/path".
std::string bundle_label(const json& state) {
  constexpr std::string_view kLabel = "bundle=";
  const json* labels = field_at(state, {"config", "labels"});
  if (labels == nullptr || !labels->is_array()) return {};
  for (const json& label : *labels)
    if (const std::string text = text_at(label, {}); text.starts_with(kLabel))
      return text.substr(kLabel.size());
  return {};
}

/// What a runtime has written down.
struct State {
  std::string bundle;
  std::string root;
  std::uint64_t pid = 0;
  std::uint64_t start = 0; ///< of the process, in clock ticks after boot
};

/// runc's state.json, crun's status: not the JSON that their commands "state" print.
Result<State> read_state(const Directory& root, const std::string& id) {
  const auto runc = read_json(root, id + "/state.json");
  if (runc && field_at(*runc, {"init_process_pid"}) != nullptr)
    return State{bundle_label(*runc), text_at(*runc, {"config", "rootfs"}),
                 number_at(*runc, {"init_process_pid"}), number_at(*runc, {"init_process_start"})};
  if (!runc && runc.error().code != ENOENT) return tl::unexpected(runc.error());
  const auto crun = read_json(root, id + "/status");
  if (!crun) return tl::unexpected(crun.error());
  State state{text_at(*crun, {"bundle"}), text_at(*crun, {"rootfs"}), number_at(*crun, {"pid"}),
              number_at(*crun, {"process-start-time"})};
  if (!state.root.starts_with('/')) state.root = state.bundle + "/" + state.root;
  return state;
}

} // namespace

void find_oci_runtime(const Host& host, const ContainerHint& hint, Findings& found) {
  for (const std::string& path : runtime_roots(host, hint)) {
    const auto root = Directory::open(host.root, path);
    if (!root) continue;
    for (const std::string& id : root->names_for(hint.id)) {
      const auto state = read_state(*root, id);
      if (!state && state.error().code != ENOENT && state.error().code != ENOTDIR)
        found.errors.push_back(state.error().message());
      if (!state) continue;
      ContainerNote note;
      note.engine = "oci";
      note.id = id;
      note.init_pid = living_pid_since(host, state->pid, state->start);
      add_once(note.directories, state->root);
      if (const auto bundle = read_bundle(host, state->bundle, id))
        merge(note, *bundle, "its bundle");
      found.notes.push_back(std::move(note));
    }
  }
}

} // namespace vitrine::engines
