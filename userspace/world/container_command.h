// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/container_id.h"

#include <cstdint>
#include <span>

namespace vitrine::world {

/// What the command line of a runtime, a shim, a monitor or a client says of a container. Points
/// into the arguments. What it does not say is empty.
struct ContainerCommand {
  enum class Role : std::uint8_t {
    client,  ///< asks an engine to work: ctr
    runtime, ///< works for the container itself, as all that it starts does
  };
  Role role = Role::runtime;
  ContainerMention container;
  std::string_view name;   ///< what people call it, beside its id
  std::string_view bundle; ///< the OCI bundle
  std::string_view root;   ///< where the runtime or engine keeps its state
};

/// Nothing for a program that is none of these. Of a runtime whose arguments do not tell the
/// container ("runc init") the id is empty.
[[nodiscard]] std::optional<ContainerCommand>
container_command(std::span<const std::string_view> arguments);

/// The same for an argv as a record has it, each argument ended by a NUL. `cut`: the last argument
/// may have lost its end, and is not believed. Allocates only for the programs in question.
[[nodiscard]] std::optional<ContainerCommand> container_command(std::string_view argv, bool cut);

} // namespace vitrine::world
