// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/container_id.h"

namespace vitrine::world {

/// The container that a cgroup is made for, by its path in its hierarchy:
/// "/system.slice/docker-0d31….scope". Of containers in containers the outermost: the inner names
/// are chosen inside. `own`: the tracer's cgroup in that hierarchy; whatever lies above it is no
/// container to the tracer.
[[nodiscard]] std::optional<ContainerMention> container_of_cgroup(std::string_view path,
                                                                  std::string_view own = {});

/// The container that an engine keeps a directory for: "/var/lib/docker/containers/0d31…/hosts"; or
/// whose monitor listens at an abstract socket: "@/var/lib/lxc/web/command".
[[nodiscard]] std::optional<ContainerMention> container_of_path(std::string_view path);

} // namespace vitrine::world
