// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/engine.h"

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::engines {

/// `note` is of a container that `hint` may mean. Names and beginnings of ids are believed only of
/// a hint that has an engine or a socket: a runtime's id may be the name of another engine's
/// container.
[[nodiscard]] bool is_meant(const ContainerNote& note, const ContainerHint& hint);

/// What the files of all engines tell of the containers that `hint` may mean, each container once.
/// All for a hint without id. `engine`: look nowhere else.
[[nodiscard]] Findings look_up(const Host& host, const ContainerHint& hint,
                               std::string_view engine = {});

/// The sockets at which running daemons answer the Docker API, dockerd's and podman's. None of
/// systemd's own: connecting would start a daemon that does not run.
[[nodiscard]] std::vector<std::string> api_sockets(const Host& host);

} // namespace vitrine::engines
