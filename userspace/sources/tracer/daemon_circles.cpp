// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/daemon_circles.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <string.h> // strnlen

namespace vitrine::tracer {
namespace {

using Processes = std::set<std::uint32_t>;

constexpr std::uint32_t kInit = 1;

/// The kernel cuts names at 15 bytes.
constexpr std::array<std::string_view, 9> kEngines = {
    "dockerd", "containerd", "podman",          "crio",           "buildkitd",
    "lxd",     "incusd",     "systemd-machine", "balena-engine-d"};

/// Who asks these asks pid 1 to start a service or to make a scope.
constexpr std::array<std::string_view, 3> kSpeaksForInit = {"dbus-daemon", "dbus-broker",
                                                            "dbus-broker-lau"};

bool is_one_of(std::span<const std::string_view> names, const vitrine_socket& socket) {
  const std::string_view comm(socket.comm, ::strnlen(socket.comm, sizeof socket.comm));
  return std::find(names.begin(), names.end(), comm) != names.end();
}

class Graph {
public:
  Graph(std::span<const vitrine_socket> sockets, const Processes& outsiders) {
    for (const vitrine_socket& socket : sockets)
      if (!outsiders.contains(socket.tgid)) add_socket(socket);
    for (const vitrine_socket& socket : sockets)
      if (!outsiders.contains(socket.tgid)) add_conversation(socket);
  }

  [[nodiscard]] DaemonCircles circles() const {
    DaemonCircles circles;
    std::map<std::uint32_t, std::uint64_t> circle_of_server;
    unsigned next = 0;
    for (const bool engines : {true, false}) {
      for (const auto& [address, owners] : listeners_) {
        for (const std::uint32_t server : servers_of(owners)) {
          if (engines_.contains(server) != engines) continue;
          auto [known, is_new] = circle_of_server.try_emplace(server, 0);
          if (is_new) {
            known->second = std::uint64_t{1} << std::min(next++, unsigned{VITRINE_LAST_CIRCLE});
            for (const std::uint32_t member : reachable(server))
              circles.by_process[member] |= known->second;
          }
          circles.by_address[address] |= known->second;
          if (engines) circles.engines |= known->second;
        }
      }
    }
    return circles;
  }

private:
  void add_socket(const vitrine_socket& socket) {
    owners_[socket.socket].insert(socket.tgid);
    if (socket.listens != 0 && socket.address != 0) listeners_[socket.address].insert(socket.tgid);
    if (is_one_of(kEngines, socket)) engines_.insert(socket.tgid);
    if (is_one_of(kSpeaksForInit, socket)) speaks_to_[socket.tgid].insert(kInit);
    if (socket.address != 0) named_.insert(socket.socket);
  }

  /// Of a connection the server's end has the address, the client's mostly none.
  void add_conversation(const vitrine_socket& socket) {
    if (socket.peer == 0 || socket.address != 0 || !named_.contains(socket.peer)) return;
    const auto servers = owners_.find(socket.peer);
    if (servers == owners_.end()) return;
    for (const std::uint32_t server : servers->second)
      if (server != socket.tgid) speaks_to_[socket.tgid].insert(server);
  }

  /// A socket that init opened for a service is held by both: the service answers.
  static Processes servers_of(const Processes& owners) {
    Processes servers = owners;
    if (servers.size() > 1) servers.erase(kInit);
    return servers;
  }

  [[nodiscard]] Processes reachable(std::uint32_t server) const {
    Processes seen = {server};
    std::vector<std::uint32_t> open = {server};
    while (!open.empty()) {
      const auto next = speaks_to_.find(open.back());
      open.pop_back();
      if (next == speaks_to_.end()) continue;
      for (const std::uint32_t process : next->second)
        if (seen.insert(process).second) open.push_back(process);
    }
    return seen;
  }

  std::map<std::uint64_t, Processes> owners_;    ///< of each socket
  std::map<std::uint64_t, Processes> listeners_; ///< by address
  std::set<std::uint64_t> named_;                ///< sockets with an address
  std::map<std::uint32_t, Processes> speaks_to_; ///< as a client
  Processes engines_;
};

} // namespace

DaemonCircles daemon_circles(std::span<const vitrine_socket> sockets,
                             const std::set<std::uint32_t>& outsiders) {
  return Graph(sockets, outsiders).circles();
}

} // namespace vitrine::tracer
