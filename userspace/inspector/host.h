// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/snapshot.h"

#include <string>

namespace vitrine::inspector {

/// Whose snapshot it is. What cannot be read is empty. `root`: "" on a live system.
[[nodiscard]] objects::Host read_host(const std::string& root = "");

} // namespace vitrine::inspector
