// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::oci {

/// The words of mounts[].options, sorted by what carries them out.
struct MountOptions {
  std::uint64_t attributes = 0;           ///< MOUNT_ATTR_* of this mount
  std::uint64_t recursive_attributes = 0; ///< MOUNT_ATTR_* of it and every mount below
  std::uint64_t propagation = 0;          ///< MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0
  bool bind = false;
  bool recursive_bind = false;
  std::vector<std::string> data; ///< the file system's own, in order
};

/// Later words win over earlier ones ("ro", "rw"). The error names a word that cannot be honoured.
Result<MountOptions> parse_mount_options(const std::vector<std::string>& words);

} // namespace vitrine::oci
