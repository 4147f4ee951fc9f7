// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"

namespace vitrine::cli {

/// vitrine trace: runs a command under trace and tells its story.
void declare_trace(Parser& parser);

} // namespace vitrine::cli
