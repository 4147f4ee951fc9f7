// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/tracer/overlay_changes.h"
#include "userspace/sources/tracer/overlay_notice.h"
#include "userspace/sources/tracer/upper_watch.h"

#include <vector>

namespace vitrine::tracer {

/// What the notice of a call and fanotify's events of the same thread and time tell of one overlay,
/// put together. `entered_ns`: when the call was entered, CLOCK_REALTIME. Pure.
[[nodiscard]] CallFacts facts_of(const OverlayCall& call, std::uint32_t overlay,
                                 const std::vector<UpperEvent>& events, std::uint64_t entered_ns);

} // namespace vitrine::tracer
