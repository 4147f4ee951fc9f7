// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/container_id.h"

#include <cstdint>

namespace vitrine::world {

/// What a request of the Docker or Podman API is about. Points into its text.
struct EngineRequest {
  enum class Subject : std::uint8_t {
    other,     ///< nothing that makes a daemon work for a container
    create,    ///< makes a container; the answer has its id
    container, ///< anything else with one container
    wait,      ///< answered at once, ended when the container has ended
    make_exec, ///< prepares a program in a container; the answer has the exec's id
    exec,      ///< something with such a program
    transfer,  ///< images and files; the work goes on behind the answer's head
    many,      ///< the same with containers that it does not name: builds, pods
  };
  Subject subject = Subject::other;
  bool changes = false;       ///< not just looked at: neither GET nor HEAD
  ContainerMention container; ///< of create: the new container's name, when it is given one
  std::string_view exec_id;
};

/// Nothing for what is not the head of an HTTP/1 request.
[[nodiscard]] std::optional<EngineRequest> engine_request(std::string_view text);

struct EngineResponse {
  unsigned status = 0;
  std::string_view id; ///< of the object that the body begins with, when it has a full "Id"
  bool created_container = false; ///< the body's shape is that of the answer to a create
};

/// Nothing for what is not the head of an HTTP/1 response.
[[nodiscard]] std::optional<EngineResponse> engine_response(std::string_view text);

} // namespace vitrine::world
