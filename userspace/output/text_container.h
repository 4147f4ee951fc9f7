// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_block.h"
#include "userspace/story/step.h"

namespace vitrine::output {

/// What one container is made of, next to the host it runs on.
void add_container(TextBlock& block, const story::Container& container,
                   const story::Summary& summary);

} // namespace vitrine::output
