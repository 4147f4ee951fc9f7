// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"

namespace vitrine::cli {

/// vitrine replay: shows a recording as the trace was shown.
void declare_replay(Parser& parser);

} // namespace vitrine::cli
