// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/bundle.h"

#include "userspace/sources/engines/json.h"

#include <array>
#include <utility>

namespace vitrine::engines {
namespace {

/// The values of `first` and what follows, "/" between them; those that are absent left out.
std::string joined(const json& annotations, std::initializer_list<std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    const std::string part = text_at(annotations, {name});
    if (!part.empty()) text += (text.empty() ? "" : "/") + part;
  }
  return text;
}

std::string first_of(const json& annotations, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (std::string text = text_at(annotations, {name}); !text.empty()) return text;
  return {};
}

std::string engine_of(const std::string& directory, const json& annotations) {
  const std::string manager = text_at(annotations, {"io.container.manager"});
  if (manager == "libpod") return "podman";
  if (manager == "cri-o" || annotations.contains("io.kubernetes.cri-o.ContainerType"))
    return "cri-o";
  constexpr std::string_view kTasks = "io.containerd.runtime.v2.task";
  const std::string state = part_before(directory, kTasks);
  if (state.empty()) return "oci";
  return directory.substr(state.size() + 1 + kTasks.size()).starts_with("/moby/") ? "docker"
                                                                                  : "containerd";
}

/// As kubectl(1) and crictl(1) speak of them: a pod by namespace and name, its containers below it.
void read_names(const json& annotations, ContainerNote& note) {
  if (note.engine == "containerd") {
    note.name =
        joined(annotations, {"io.kubernetes.cri.sandbox-namespace",
                             "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.container-name"});
    if (note.name.empty()) note.name = text_at(annotations, {"nerdctl/name"});
    if (note.name.empty() && !is_whole_id(note.id)) note.name = note.id; // ctr(8) has no others
    note.image = text_at(annotations, {"io.kubernetes.cri.image-name"});
  }
  if (note.engine == "cri-o") {
    note.name = joined(annotations, {"io.kubernetes.pod.namespace", "io.kubernetes.pod.name"});
    const std::string container = text_at(annotations, {"io.kubernetes.container.name"});
    if (!container.empty() && container != "POD") note.name += "/" + container;
    note.image =
        first_of(annotations, {"io.kubernetes.cri-o.ImageName", "io.kubernetes.cri-o.Image"});
  }
}

bool is_absolute(std::string_view path) {
  return path.starts_with('/');
}

/// The file of a network namespace that podman made for this container alone: others are shared by
/// a pod, or those of another container.
std::string own_network(const json& config) {
  const json* namespaces = field_at(config, {"linux", "namespaces"});
  if (namespaces == nullptr || !namespaces->is_array()) return {};
  for (const json& one : *namespaces) {
    if (text_at(one, {"type"}) != "network") continue;
    const std::string path = text_at(one, {"path"});
    return path.find("/netns/netns-") != std::string::npos ? path : std::string();
  }
  return {};
}

} // namespace

std::optional<ContainerNote> read_bundle(const Host& host, const std::string& directory,
                                         const std::string& id) {
  if (!is_absolute(directory)) return std::nullopt;
  const auto opened = Directory::open(host.root, directory);
  if (!opened) return std::nullopt;
  ContainerNote note;
  note.id = id;
  note.directories = {directory};
  const auto config = read_json(*opened, "config.json");
  if (!config && config.error().code == ENOENT) return std::nullopt;
  if (!config) {
    note.engine = engine_of(directory, json::object());
    note.error = config.error().message();
    return note;
  }
  const json* annotations = field_at(*config, {"annotations"});
  const json none = json::object();
  if (annotations == nullptr || !annotations->is_object()) annotations = &none;
  note.engine = engine_of(directory, *annotations);
  read_names(*annotations, note);
  const std::string root = text_at(*config, {"root", "path"});
  add_once(note.directories, is_absolute(root) || root.empty() ? root : directory + "/" + root);
  if (note.engine == "podman") add_once(note.directories, own_network(*config));
  return note;
}

} // namespace vitrine::engines
