// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engine.h"
#include "userspace/sources/engines/json.h"

#include <optional>

namespace vitrine::engines {
namespace {

constexpr std::size_t kLayersLimit = 500; // fs/overlayfs/super.c, OVL_MAX_STACK

/// dockerd(8): "data-root" on its command line, else in its configuration file.
std::string data_root_of(const Host& host, const EngineProcess& daemon) {
  if (std::string root = daemon.option({"--data-root", "--graph", "-g"}); !root.empty())
    return root;
  std::string file = daemon.option({"--config-file"});
  if (file.empty()) file = "/etc/docker/daemon.json";
  const auto directory = Directory::open(host.root, file.substr(0, file.rfind('/') + 1));
  if (!directory) return {};
  const auto config = read_json(*directory, file.substr(file.rfind('/') + 1));
  return config ? text_at(*config, {"data-root"}) : std::string();
}

/// The hint's own come last: whoever made them up must not stand before what is true.
std::vector<std::string> data_roots(const Host& host, const ContainerHint& hint) {
  std::vector<std::string> roots;
  for (const EngineProcess& process : host.processes)
    if (process.comm == "dockerd") add_once(roots, data_root_of(host, process));
  add_once(roots, "/var/lib/docker");
  for (const std::string& directory : hint.directories) {
    add_once(roots, part_before(directory, "overlay2"));
    add_once(roots, part_before(directory, "containers"));
    add_once(roots, directory);
  }
  return roots;
}

/// A directory of the storage driver overlay2 under both its names: mounts use the short link.
void add_layer(const Directory& data, const std::string& cache, std::string name,
               ContainerNote& note) {
  if (!is_plain_name(cache)) return;
  const std::string drivers = data.path() + "/overlay2/";
  const std::string link = data.first_line("overlay2/" + cache + "/link");
  if (is_plain_name(link)) note.layers.push_back({drivers + "l/" + link, name});
  note.layers.push_back({drivers + cache + "/diff", std::move(name)});
}

struct ImageLayer {
  std::string cache; ///< its directory in overlay2
  std::string digest;
};

/// The image's layers, topmost first: layerdb has a directory for each, named by the digest of the
/// whole chain below it.
std::vector<ImageLayer> image_layers(const Directory& data, std::string chain) {
  std::vector<ImageLayer> layers;
  constexpr std::string_view kAlgorithm = "sha256:";
  while (chain.starts_with(kAlgorithm) && layers.size() < kLayersLimit) {
    const std::string name = chain.substr(kAlgorithm.size());
    if (!is_plain_name(name)) break;
    const std::string entry = "image/overlay2/layerdb/sha256/" + name + "/";
    layers.push_back({data.first_line(entry + "cache-id"), data.first_line(entry + "diff")});
    chain = data.first_line(entry + "parent");
  }
  return layers;
}

void read_overlay2(const Directory& data, ContainerNote& note) {
  const std::string entry = "image/overlay2/layerdb/mounts/" + note.id + "/";
  const std::string top = data.first_line(entry + "mount-id");
  const std::string init = data.first_line(entry + "init-id");
  for (const std::string& own : {top, init})
    if (is_plain_name(own)) add_once(note.directories, data.path() + "/overlay2/" + own);
  add_layer(data, top, "container layer", note);
  add_layer(data, init, "init layer", note);
  const auto layers = image_layers(data, data.first_line(entry + "parent"));
  for (std::size_t i = 0; i < layers.size(); ++i)
    add_layer(data, layers[i].cache,
              image_layer_name(note.image, layers.size() - i, layers[i].digest), note);
}

/// Nothing while the container is being made and has no configuration yet.
std::optional<ContainerNote> read_container(const Host& host, const Directory& data,
                                            const std::string& id) {
  ContainerNote note;
  note.engine = "docker";
  note.id = id;
  const auto config = read_json(data, "containers/" + id + "/config.v2.json");
  if (!config && config.error().code == ENOENT) return std::nullopt;
  if (!config) {
    note.error = config.error().message();
    return note;
  }
  if (text_at(*config, {"ID"}) != id) {
    note.error = data.path() + "/containers/" + id + "/config.v2.json is of another container";
    return note;
  }
  note.name = text_at(*config, {"Name"});
  if (note.name.starts_with('/')) note.name.erase(0, 1);
  note.image = text_at(*config, {"Config", "Image"});
  note.init_pid = living_pid(host, number_at(*config, {"State", "Pid"}), id);
  note.directories = {data.path() + "/containers/" + id};
  if (text_at(*config, {"Driver"}) == "overlay2") read_overlay2(data, note);
  add_once(note.directories, text_at(*config, {"NetworkSettings", "SandboxKey"}));
  return note;
}

} // namespace

void find_docker(const Host& host, const ContainerHint& hint, Findings& found) {
  for (const std::string& root : data_roots(host, hint)) {
    const auto data = Directory::open(host.root, root);
    if (!data) continue;
    for (const std::string& id : data->names_for(hint.id, "containers"))
      if (auto note = read_container(host, *data, id)) found.notes.push_back(*std::move(note));
  }
}

} // namespace vitrine::engines
