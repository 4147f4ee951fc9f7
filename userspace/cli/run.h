// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"

namespace vitrine::cli {

/// vitrine run: turns an image or a directory into a bundle's configuration and becomes
/// vitrine-runtime, which carries it out.
void declare_run(Parser& parser);

} // namespace vitrine::cli
