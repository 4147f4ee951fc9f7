// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <functional>

namespace vitrine::networks {

/// Runs `inside` in a thread of its own that has entered the network namespace behind the
/// descriptor, and waits for it. This process stays where it is. Needs CAP_SYS_ADMIN (setns(2)),
/// unless it is the caller's own namespace.
Result<void> visit(int namespace_fd, const std::function<Result<void>()>& inside);

} // namespace vitrine::networks
