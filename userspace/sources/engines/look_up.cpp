// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/look_up.h"

#include <algorithm>
#include <array>

namespace vitrine::engines {
namespace {

struct Finder {
  void (*find)(const Host&, const ContainerHint&, Findings&);
  std::array<std::string_view, 2> engines; ///< whose containers it knows whole
};

/// Those who know names come before those who know only ids.
constexpr Finder kFinders[] = {
    {find_docker, {"docker"}},         {find_podman_and_crio, {"podman", "cri-o"}},
    {find_containerd, {"containerd"}}, {find_lxc, {"lxc"}},
    {find_nspawn, {"systemd-nspawn"}}, {find_vitrine, {"vitrine"}},
    {find_oci_runtime, {"oci"}}};

bool knows(const Finder& finder, std::string_view engine) {
  return std::ranges::find(finder.engines, engine) != finder.engines.end();
}

void add(std::vector<ContainerNote>& notes, const ContainerNote& note) {
  const auto known = std::ranges::find_if(
      notes, [&](const ContainerNote& other) { return is_same_container(other, note); });
  if (known == notes.end())
    notes.push_back(note);
  else
    merge(*known, note, "another of its files");
}

/// "unix:///run/docker.sock" without the scheme; empty for any other address.
std::string unix_path(std::string_view address) {
  constexpr std::string_view kScheme = "unix://";
  if (address.starts_with(kScheme)) address.remove_prefix(kScheme.size());
  return address.starts_with('/') ? std::string(address) : std::string();
}

/// podman-system-service(1): `podman [OPTIONS] system service [OPTIONS] [URI]`.
void add_podman_socket(const EngineProcess& podman, std::vector<std::string>& sockets) {
  const auto service = std::ranges::find(podman.argv, "service");
  if (service == podman.argv.end() || service == podman.argv.begin() || service[-1] != "system")
    return;
  const std::size_t before = sockets.size();
  std::for_each(service, podman.argv.end(),
                [&](const std::string& word) { add_once(sockets, unix_path(word)); });
  if (sockets.size() == before) add_once(sockets, "/run/podman/podman.sock");
}

} // namespace

bool is_meant(const ContainerNote& note, const ContainerHint& hint) {
  if (hint.id.empty()) return true;
  if (is_whole_id(note.id) && note.id.starts_with(hint.id) && hint.id.size() >= kShortIdLength)
    return true; // nobody else's, whatever engine was thought of
  if (hint.engine.empty() && hint.socket.empty()) return note.id == hint.id;
  if (!hint.engine.empty() && !note.engine.empty() && note.engine != hint.engine) return false;
  return !named({note}, hint.id).empty();
}

Findings look_up(const Host& host, const ContainerHint& hint, std::string_view engine) {
  Findings all;
  for (const Finder& finder : kFinders)
    if (engine.empty() || knows(finder, engine)) finder.find(host, hint, all);
  Findings found{{}, std::move(all.errors)};
  for (const ContainerNote& note : all.notes)
    if (is_meant(note, hint)) add(found.notes, note);
  return found;
}

std::vector<std::string> api_sockets(const Host& host) {
  std::vector<std::string> sockets;
  for (const EngineProcess& process : host.processes) {
    if (process.comm == "podman") add_podman_socket(process, sockets);
    if (process.comm != "dockerd") continue;
    const auto addresses = process.options({"-H", "--host"});
    if (addresses.empty()) add_once(sockets, "/run/docker.sock");
    for (const std::string& address : addresses)
      add_once(sockets, address.starts_with("fd:") ? "/run/docker.sock" : unix_path(address));
  }
  return sockets;
}

} // namespace vitrine::engines
