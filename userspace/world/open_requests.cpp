// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/open_requests.h"

#include <algorithm>

namespace vitrine::world {
namespace {

using Subject = EngineRequest::Subject;

constexpr std::size_t kMostConnections = 1024;
constexpr std::size_t kMostExecs = 1024;
constexpr std::size_t kMostNames = 64;

constexpr unsigned kSwitchingProtocols = 101;
constexpr unsigned kOk = 200;
constexpr unsigned kRefused = 400;

/// Engines by the name of the process that listens. A socket that systemd opens is systemd's.
struct Engine {
  std::string_view comm;
  std::string_view name; ///< as in events::ContainerNote
  bool one_request;      ///< see OpenRequests
};
constexpr Engine kEngines[] = {
    {"dockerd", "docker", false},
    {"podman", "podman", false},
    {"containerd", "containerd", true},
    {"crio", "cri-o", true},
    {"buildkitd", "", true},
    {"incusd", "", true},
    {"lxd", "", true},
};

bool goes_on(Subject subject) {
  return subject == Subject::transfer || subject == Subject::many;
}

} // namespace

bool is_engine(std::string_view comm) {
  return std::ranges::find(kEngines, comm, &Engine::comm) != std::end(kEngines);
}

void OpenRequests::connected(std::uint32_t socket, std::uint32_t client, std::string_view peer,
                             const KnownContainers::Pointer& named) {
  const auto engine = std::ranges::find(kEngines, peer, &Engine::comm);
  if (const auto old = connections_.find(socket); old != connections_.end()) {
    let_go(old->second); // closed since: the number is used again
    connections_.erase(old);
  }
  if (engine != std::end(kEngines)) {
    Connection& connection = connection_of(socket);
    connection.client = client;
    connection.engine = engine->name;
    connection.one_request = connection.open = engine->one_request;
    connection.container = named;
  }
  update();
}

/// When there are too many, some old one of which the end was not seen makes room.
OpenRequests::Connection& OpenRequests::connection_of(std::uint32_t socket) {
  if (connections_.size() >= kMostConnections && !knows(socket)) {
    const auto oldest = std::ranges::min_element(
        connections_, {}, [](const auto& entry) { return entry.second.number; });
    let_go(oldest->second);
    connections_.erase(oldest);
  }
  Connection& connection = connections_[socket];
  connection.number = ++number_;
  return connection;
}

KnownContainers::Pointer OpenRequests::asked(std::uint32_t socket, std::uint32_t client,
                                             const EngineRequest& request) {
  Connection& connection = connection_of(socket);
  connection.client = client;
  if (!request.container.engine.empty()) connection.engine = "podman"; // it alone has such paths
  connection.subject = request.subject;
  connection.name = request.container.id;
  if (!connection.one_request) {
    let_go(connection);
    connection.open = true;
    connection.container = container_of(connection, request);
  }
  if (!connection.container && request.changes && request.subject != Subject::create)
    ask_for(connection.name);
  if (connection.container && request.changes) connection.container->ours = true;
  update();
  return connection.container;
}

/// Null when the request names none, or none that is known.
KnownContainers::Pointer OpenRequests::container_of(const Connection& connection,
                                                    const EngineRequest& request) {
  if (request.subject == Subject::create) return nullptr; // it has the name to be
  if (request.subject == Subject::exec) {
    const auto exec = exec_ids_.find(std::string(request.exec_id));
    return exec == exec_ids_.end() ? nullptr : exec->second;
  }
  if (is_full_id(request.container.id))
    return containers_.of({connection.engine, request.container.id});
  return request.container.id.empty() ? nullptr : containers_.find(request.container.id);
}

/// What the answer tells of the container that was asked for.
void OpenRequests::know(Connection& connection, const EngineResponse& response) {
  if (connection.subject == Subject::create && !response.id.empty()) {
    connection.container = containers_.of({connection.engine, response.id});
    if (!connection.container) return;
    connection.container->ours = true;
    if (!connection.name.empty()) connection.container->label.name = connection.name;
  } else if (connection.subject == Subject::make_exec && !response.id.empty() &&
             connection.container) {
    if (exec_ids_.size() >= kMostExecs) exec_ids_.clear();
    exec_ids_[std::string(response.id)] = connection.container;
  }
}

KnownContainers::Pointer OpenRequests::answered(std::uint32_t socket,
                                                const EngineResponse& response) {
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return nullptr;
  Connection& connection = found->second;
  if (response.status < kOk && response.status != kSwitchingProtocols)
    return connection.container; // 100 Continue: the answer is still to come
  know(connection, response);
  const bool refused = response.status >= kRefused;
  if (refused) settle(connection.name);
  if (!connection.one_request && (refused || !goes_on(connection.subject))) connection.open = false;
  update();
  return connection.container;
}

void OpenRequests::client_ended(std::uint32_t client) {
  for (auto& [socket, connection] : connections_)
    if (connection.client == client) let_go(connection);
  if (std::erase_if(connections_, [&](const auto& entry) { return entry.second.client == client; }))
    update();
}

bool OpenRequests::learn(const KnownContainers::Pointer& container) {
  const events::ContainerLabel& label = container->label;
  // A few digits could be anybody's, but an engine that has told the name was asked for them.
  constexpr std::size_t kFewDigits = 3;
  const std::size_t least = label.name.empty() ? kShortId : kFewDigits;
  const auto means_it = [&](std::string_view name) {
    return !name.empty() && (name == label.name || name == label.id ||
                             (name.size() >= least && label.id.starts_with(name)));
  };
  bool asked_for = false;
  for (auto& [socket, connection] : connections_) {
    if (!connection.container && connection.subject != Subject::create && means_it(connection.name))
      connection.container = container;
    asked_for = asked_for || connection.container == container;
  }
  if (std::erase_if(names_, means_it) != 0) container->ours = true;
  update();
  return asked_for;
}

void OpenRequests::ask_for(std::string_view name) {
  if (name.empty()) return;
  settle(name);
  if (names_.size() >= kMostNames) names_.erase(names_.begin());
  names_.emplace_back(name);
}

void OpenRequests::settle(std::string_view name) {
  std::erase(names_, name);
}

bool OpenRequests::is_open(const Connection& connection) {
  const bool cleans_up = connection.subject == Subject::wait && connection.container != nullptr &&
                         connection.container->ended;
  return connection.open || cleans_up;
}

void OpenRequests::let_go(Connection& connection) {
  if (connection.container) connection.container->open_requests = 0; // update() counts again
  connection.container = nullptr;
}

OpenRequests::Doubt OpenRequests::doubt_of(const Connection& connection) {
  if (connection.subject == Subject::many) return Doubt::young;
  if (connection.container) return Doubt::none;
  if (connection.subject == Subject::create) return Doubt::created;
  return connection.one_request || !connection.name.empty() ? Doubt::any : Doubt::none;
}

void OpenRequests::update() {
  for (auto& [socket, connection] : connections_)
    if (connection.container) connection.container->open_requests = 0;
  const Doubt before = doubt_;
  doubt_ = names_.empty() ? Doubt::none : Doubt::any;
  open_ = 0;
  only_ = nullptr;
  bool same = true;
  for (auto& [socket, connection] : connections_) {
    if (!is_open(connection)) continue;
    if (connection.container) ++connection.container->open_requests;
    same = same && (open_ == 0 || only_ == connection.container.get());
    if (open_++ == 0) only_ = connection.container.get();
    doubt_ = std::max(doubt_, doubt_of(connection));
  }
  if (!same) only_ = nullptr;
  if (before == Doubt::none && doubt_ != Doubt::none) ++doubts_;
}

} // namespace vitrine::world
