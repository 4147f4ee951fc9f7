// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/container.h"

#include <string>
#include <vector>

namespace vitrine::engines {

/// Every container that the engines' files know, running or not (init_pid is 0 then), by engine and
/// id. `root`: the host's root directory. Asks no daemon.
[[nodiscard]] std::vector<events::ContainerNote> all(const std::string& root = "/");

/// The one container that `word` means: its name, its id, or what only its id begins with. An
/// Error when there is none, with near names, or more than one. Asks the API of running daemons
/// only when no file knows it, and waits for them less than a second.
Result<events::ContainerNote> find(const std::string& word, const std::string& root = "/");

} // namespace vitrine::engines
