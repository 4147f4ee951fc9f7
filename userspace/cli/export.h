// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/cli/command.h"

namespace vitrine::cli {

void declare_export(Parser& parser);

} // namespace vitrine::cli
