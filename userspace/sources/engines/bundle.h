// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/host.h"
#include "userspace/sources/engines/note.h"

#include <optional>
#include <string>

namespace vitrine::engines {

/// What the OCI bundle `directory`, its config.json and where it lies, tells of the container `id`
/// made of it: the engine, by its annotations name and image, its directories. Nothing when it is
/// no bundle.
std::optional<ContainerNote> read_bundle(const Host& host, const std::string& directory,
                                         const std::string& id);

} // namespace vitrine::engines
