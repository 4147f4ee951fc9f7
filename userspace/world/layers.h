// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/objects/layer.h"
#include "userspace/objects/mount.h"

#include <span>
#include <vector>

namespace vitrine::world {

/// Every directory that is a layer of one of the mounts, once, by identity; named as an engine's
/// note names it. Sizes, changes and containers are left out.
[[nodiscard]] std::vector<objects::Layer> layers_of(std::span<const objects::Mount> mounts,
                                                    std::span<const events::ContainerNote> notes);

} // namespace vitrine::world
