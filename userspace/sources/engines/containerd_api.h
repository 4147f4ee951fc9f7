// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/host.h"
#include "userspace/sources/engines/note.h"

#include <optional>
#include <string>
#include <string_view>

/// containerd.services.containers.v1.Containers/Get, as containerd's api/services/containers/v1
/// declares it, and just as much of gRPC and protobuf as one call without a stream takes.
namespace vitrine::engines {

inline constexpr std::string_view kContainerdGet =
    "/containerd.services.containers.v1.Containers/Get";

/// Where a container's containerd is, and in which of its namespaces the container.
struct ContainerdPlace {
  std::string socket;
  std::string space;
};

/// As the container's shim was told on its command line.
[[nodiscard]] std::optional<ContainerdPlace> containerd_of(const Host& host,
                                                           std::string_view container);

/// The body of the call that asks about a container.
[[nodiscard]] std::string containerd_question(std::string_view container);

/// What the body of the answer tells about `container`, which was asked about.
Result<ContainerNote> parse_containerd_answer(std::string_view body, std::string_view container);

} // namespace vitrine::engines
