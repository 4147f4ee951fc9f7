// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <functional>

namespace vitrine::kernel {

/// Runs `action` in a thread of its own and waits for it. That thread may enter namespaces with
/// setns(2) and unshare(2), those of mounts, too: this process stays where it is. The Error says
/// that there is no such thread; `action` did not run then.
Result<void> in_own_thread(const std::function<void()>& action);

} // namespace vitrine::kernel
