// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/step.h"

namespace vitrine::story {

/// Whether the call worked, and when not, whether programs make it to find out if it would.
[[nodiscard]] Outcome outcome_of(const events::Record& record);

} // namespace vitrine::story
