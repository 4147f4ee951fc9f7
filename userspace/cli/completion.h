// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"

namespace vitrine::cli {

/// vitrine completion: a script for a shell, made of the table of commands and their options.
void declare_completion(Parser& parser);

/// Empty for a shell that is not known.
[[nodiscard]] std::string completion_script(std::string_view shell);

} // namespace vitrine::cli
