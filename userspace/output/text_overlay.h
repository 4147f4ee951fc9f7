// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_block.h"
#include "userspace/story/container.h"
#include "userspace/story/overlay_use.h"

namespace vitrine::output {

/// The layers of the container's root, an overlay, from the lowest to the upper one, with the names
/// that its engine gives them, and what was done to it. `use` may be null: nothing was heard of it.
void add_overlay(TextBlock& block, const story::Container& container, const story::OverlayUse* use);

/// The same for an overlay of which only its use is known. `owner`: the container that it is known
/// to be of, else an empty one.
void add_overlay_use(TextBlock& block, const story::Container& owner, const std::string& upper,
                     const story::OverlayUse& use);

} // namespace vitrine::output
