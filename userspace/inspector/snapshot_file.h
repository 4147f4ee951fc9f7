// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/snapshot.h"

#include <string>

namespace vitrine::inspector {

/// The snapshot in a file that `vitrine export` or anybody else wrote; no privilege is needed.
Result<objects::Snapshot> read_snapshot_file(const std::string& path);

} // namespace vitrine::inspector
