// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"

#include <string>

namespace vitrine::query {

/// As proc_pid_mountinfo(5) has it: "shared:3 master:1"; "private" when it has nothing.
[[nodiscard]] std::string propagation_words(const objects::Mount& mount);

} // namespace vitrine::query
