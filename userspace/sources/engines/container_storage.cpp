// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/bundle.h"
#include "userspace/sources/engines/engine.h"
#include "userspace/sources/engines/json.h"

#include <map>

namespace vitrine::engines {
namespace {

constexpr std::size_t kLayersLimit = 500; // fs/overlayfs/super.c, OVL_MAX_STACK
constexpr std::string_view kContainers = "overlay-containers";

/// A place of containers-storage.conf(5): "graphroot", and "runroot" for what a reboot may lose.
struct Storage {
  std::string root;
  std::string run_root;
};

void add_storage(std::vector<Storage>& places, const std::string& root,
                 const std::string& run_root) {
  if (root.empty()) return;
  for (Storage& place : places) {
    if (place.root != root) continue;
    if (place.run_root.empty()) place.run_root = run_root;
    return;
  }
  places.push_back({root, run_root});
}

/// The defaults first, the hint's own last: whoever made these up must not stand before what is
/// true.
std::vector<Storage> storages(const Host& host, const ContainerHint& hint) {
  std::vector<Storage> places = {{"/var/lib/containers/storage", "/run/containers/storage"}};
  for (const EngineProcess& process : host.processes) {
    if (process.comm == "podman")
      add_storage(places, process.option({"--root"}), process.option({"--runroot"}));
    if (process.comm == "conmon")
      add_storage(places, part_before(process.option({"-b", "--bundle"}), kContainers),
                  part_before(process.option({"-p", "--container-pidfile"}), kContainers));
  }
  if (const std::string home = home_of(host, hint.pid); hint.pid != 0 && !home.empty())
    add_storage(places, home + "/.local/share/containers/storage", {});
  for (const std::string& directory : hint.directories) {
    add_storage(places, part_before(directory, kContainers), {});
    add_storage(places, part_before(directory, "overlay"), {});
    add_storage(places, directory, {});
  }
  return places;
}

/// By id, the objects of an array of them.
using Entries = std::map<std::string, json>;

/// Adds those of a file; an absent one has none.
Result<void> read_entries(const Directory& storage, const std::string& name, Entries& entries) {
  const auto document = read_json(storage, name);
  if (!document && document.error().code == ENOENT) return {};
  if (!document) return tl::unexpected(document.error());
  if (!document->is_array()) return failure("{}/{} is no array", storage.path(), name);
  for (const json& entry : *document)
    if (std::string id = text_at(entry, {"id"}); is_plain_name(id))
      entries.insert_or_assign(std::move(id), entry);
  return {};
}

/// `what` as the library names its files: those of a container run with --rm are apart.
Entries read_both(const Directory& storage, const std::string& folder, const std::string& what,
                  Findings& found) {
  Entries entries;
  for (const char* prefix : {"", "volatile-"})
    if (const auto done = read_entries(storage, folder + "/" + prefix + what + ".json", entries);
        !done)
      found.errors.push_back(done.error().message());
  return entries;
}

std::string first_name(const json& entry) {
  const json* names = field_at(entry, {"names"});
  if (names == nullptr || !names->is_array() || names->empty()) return {};
  return text_at((*names)[0], {});
}

/// The container's own layer, then those of its image, topmost first.
void read_layers(const Directory& storage, const std::string& top, ContainerNote& note,
                 Findings& found) {
  const Entries entries = read_both(storage, "overlay-layers", "layers", found);
  std::vector<std::string> chain;
  for (std::string layer = top; is_plain_name(layer) && chain.size() < kLayersLimit;) {
    chain.push_back(layer);
    const auto entry = entries.find(layer);
    layer = entry == entries.end() ? std::string() : text_at(entry->second, {"parent"});
  }
  const std::string drivers = storage.path() + "/overlay/";
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto entry = entries.find(chain[i]);
    const std::string digest =
        entry == entries.end() ? std::string() : text_at(entry->second, {"diff-digest"});
    const std::string name =
        i == 0 ? "container layer" : image_layer_name(note.image, chain.size() - i, digest);
    // Mounts use the short link.
    const std::string link = storage.first_line("overlay/" + chain[i] + "/link");
    if (is_plain_name(link)) note.layers.push_back({drivers + "l/" + link, name});
    note.layers.push_back({drivers + chain[i] + "/diff", name});
  }
}

/// The image's name when the container does not say it: that of its first tag.
std::string image_name(const Directory& storage, const std::string& id, Findings& found) {
  const Entries images = read_both(storage, "overlay-images", "images", found);
  const auto image = images.find(id);
  return image == images.end() ? std::string() : first_name(image->second);
}

/// The container's directory below one of the storage's roots: its bundle and its init's pid.
void read_user_data(const Host& host, const std::string& root, ContainerNote& note) {
  if (root.empty()) return;
  const std::string own = root + "/" + std::string(kContainers) + "/" + note.id;
  add_once(note.directories, own);
  const auto opened = Directory::open(host.root, own + "/userdata");
  if (!opened) return;
  if (note.init_pid == 0)
    note.init_pid = living_pid(host, parse_number(opened->first_line("pidfile")), note.id);
  const auto bundle = read_bundle(host, opened->path(), note.id);
  if (!bundle || bundle->engine != note.engine) return;
  if (note.name.empty()) note.name = bundle->name;
  for (const std::string& directory : bundle->directories)
    add_once(note.directories, directory);
}

ContainerNote read_container(const Host& host, const Storage& place, const Directory& storage,
                             const json& entry, Findings& found) {
  const json metadata = parse_json(text_at(entry, {"metadata"})).value_or(json::object());
  ContainerNote note;
  note.engine = field_at(metadata, {"pod-id"}) != nullptr ? "cri-o" : "podman";
  note.id = text_at(entry, {"id"});
  note.image = text_at(metadata, {"image-name"});
  if (note.image.empty()) note.image = image_name(storage, text_at(entry, {"image"}), found);
  const std::string layer = text_at(entry, {"layer"});
  if (is_plain_name(layer)) add_once(note.directories, place.root + "/overlay/" + layer);
  read_user_data(host, place.root, note);
  read_user_data(host, place.run_root, note);
  if (note.name.empty()) note.name = first_name(entry);
  read_layers(storage, layer, note, found);
  return note;
}

/// What `hint` may mean; an entry without name and metadata is no container, but a build's work.
bool is_meant(const json& entry, const ContainerHint& hint) {
  const std::string id = text_at(entry, {"id"});
  if (text_at(entry, {"metadata"}).empty()) return false;
  if (hint.id.empty() || id.starts_with(hint.id)) return true;
  const json* names = field_at(entry, {"names"});
  if (names == nullptr || !names->is_array()) return false;
  for (const json& name : *names)
    if (text_at(name, {}) == hint.id) return true;
  return false;
}

} // namespace

void find_podman_and_crio(const Host& host, const ContainerHint& hint, Findings& found) {
  for (const Storage& place : storages(host, hint)) {
    const auto storage = Directory::open(host.root, place.root);
    if (!storage) continue;
    for (const auto& [id, entry] :
         read_both(*storage, std::string(kContainers), "containers", found))
      if (is_meant(entry, hint))
        found.notes.push_back(read_container(host, place, *storage, entry, found));
  }
}

} // namespace vitrine::engines
