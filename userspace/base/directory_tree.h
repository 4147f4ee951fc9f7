// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>

namespace vitrine {

/// The directory `path`, absolute, and those above it: what is missing is made with `mode`.
Result<void> make_directories(const std::string& path, unsigned mode);

/// Removes `name` below the directory `parent` with all that is in it; absent is well. Follows no
/// symbolic link and does not descend into another file system: a mount point is an error.
Result<void> remove_tree(int parent, const std::string& name);

} // namespace vitrine
