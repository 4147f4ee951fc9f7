// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/engine_message.h"
#include "userspace/world/known_containers.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace vitrine::world {

/// Whether a program of that name is an engine: what it does is for whoever asks it.
[[nodiscard]] bool is_engine(std::string_view comm);

/// What traced processes have asked engines for. While a request is open, what the daemons do may
/// be for it.
///
/// A request is open from its head until the answer's. There are exceptions. Transfers, builds and
/// the like go on behind the answer's head: until the next request on the connection, or until the
/// client ends. A wait is answered at once and opens again when its container has ended: then the
/// engine cleans up. To an engine that is not spoken to in HTTP/1 (containerd, CRI-O), or that
/// answers before it works (Incus), everything from connect(2) to the client's end is one request.
class OpenRequests {
public:
  explicit OpenRequests(KnownContainers& containers) : containers_(containers) {}

  /// A traced process, `client`, has connected to a process called `peer`. `named`: the container
  /// that the client's command line tells, or null.
  void connected(std::uint32_t socket, std::uint32_t client, std::string_view peer,
                 const KnownContainers::Pointer& named);

  /// Both return the container that the message is about, or null. `client` is a traced process.
  KnownContainers::Pointer asked(std::uint32_t socket, std::uint32_t client,
                                 const EngineRequest& request);
  KnownContainers::Pointer answered(std::uint32_t socket, const EngineResponse& response);

  /// Whether the connection is one of a traced process.
  [[nodiscard]] bool knows(std::uint32_t socket) const { return connections_.contains(socket); }

  void client_ended(std::uint32_t client);

  /// More has become known of a container: it may be the one that a request named. Whether the last
  /// request on some connection is about it.
  bool learn(const KnownContainers::Pointer& container);
  /// A container has ended.
  void update();

  /// How many are open.
  [[nodiscard]] std::size_t open() const { return open_; }
  /// The container of all that are open, when they have one and the same.
  [[nodiscard]] const KnownContainer* only() const { return only_; }

  /// Which containers may be meant by what is open, though nobody said so.
  enum class Doubt : std::uint8_t {
    none,
    created, ///< one that is being created, in which no program runs yet
    young,   ///< those that come up meanwhile: a build's, a pod's
    any,     ///< any: a name was given that nobody has resolved, or the request cannot be read
  };
  [[nodiscard]] Doubt doubt() const { return doubt_; }
  /// Not 0 while there is a doubt; another number each time that it begins.
  [[nodiscard]] std::uint64_t doubt_number() const { return doubt_ == Doubt::none ? 0 : doubts_; }

private:
  struct Connection {
    std::uint64_t number = 0; ///< rises with each use
    std::uint32_t client = 0;
    std::string_view engine = {}; ///< of a literal; empty: not known
    bool one_request = false;     ///< from connect to the client's end
    bool open = false;
    EngineRequest::Subject subject = EngineRequest::Subject::other;
    KnownContainers::Pointer container = nullptr;
    std::string name = {}; ///< as the client said; of a create the name to be
  };

  [[nodiscard]] static bool is_open(const Connection& connection);
  [[nodiscard]] static Doubt doubt_of(const Connection& connection);
  static void let_go(Connection& connection);
  Connection& connection_of(std::uint32_t socket);
  [[nodiscard]] KnownContainers::Pointer container_of(const Connection& connection,
                                                      const EngineRequest& request);
  void ask_for(std::string_view name);
  void settle(std::string_view name);
  void know(Connection& connection, const EngineResponse& response);

  KnownContainers& containers_;
  std::unordered_map<std::uint32_t, Connection> connections_; ///< by the client's socket's inode
  std::unordered_map<std::string, KnownContainers::Pointer> exec_ids_;
  std::vector<std::string> names_; ///< changed by traced processes; whose they are is not known yet
  std::uint64_t number_ = 0;
  std::size_t open_ = 0;
  const KnownContainer* only_ = nullptr;
  Doubt doubt_ = Doubt::none;
  std::uint64_t doubts_ = 0;
};

} // namespace vitrine::world
