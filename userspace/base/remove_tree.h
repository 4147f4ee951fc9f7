// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>

namespace vitrine {

/// Removes `name` below the directory `parent` with all that is in it; absent is well. Follows no
/// symbolic link and does not descend into another file system: a mount point is an error.
Result<void> remove_tree(int parent, const std::string& name);

} // namespace vitrine
