// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"
#include "userspace/story/step.h"

#include <string>
#include <vector>

namespace vitrine::output {

/// What is traced, and where.
[[nodiscard]] std::vector<std::string> opening_lines(const TextStyle& style,
                                                     const events::StreamStart& start);

/// The final block: time by phase, what each container is made of, how complete the trace is.
[[nodiscard]] std::vector<std::string> summary_lines(const TextStyle& style,
                                                     const story::Summary& summary);

} // namespace vitrine::output
