// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/sources/engines/note.h"

#include <string_view>

namespace vitrine::engines {

/// The answer to "GET /containers/`container`/json" of the Docker Engine API, which podman speaks
/// too. An Error when it is no such answer, or one about another container. The pid is as told.
Result<ContainerNote> parse_inspect(std::string_view answer, std::string_view container);

} // namespace vitrine::engines
