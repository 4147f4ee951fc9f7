// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <cstdint>
#include <string>

namespace vitrine::kernel {

/// Opens a namespace by a file that should stand for it: a link of /proc/PID/ns, an open file, a
/// mount. ESRCH when another file is there: it is looked at first, because opening a pipe or a
/// device has consequences.
Result<UniqueFd> open_namespace_file(const std::string& path, std::uint32_t inode);

/// Opens a namespace that perhaps no file stands for: Linux 6.18, CAP_SYS_ADMIN and the initial
/// namespaces. `clone_flag`: CLONE_NEWNET, …; `unique_id`: NS_GET_ID.
Result<UniqueFd> open_namespace(std::uint64_t unique_id, std::uint32_t clone_flag,
                                std::uint32_t inode);

} // namespace vitrine::kernel
