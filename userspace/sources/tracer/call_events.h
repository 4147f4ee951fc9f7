// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/tracer/overlay_notice.h"
#include "userspace/sources/tracer/upper_watch.h"

#include <deque>
#include <vector>

namespace vitrine::tracer {

/// Finds for each of fanotify's events of thread `tid` the call that it is of. Events carry no
/// time, but come in order, as the calls do. `calls` are those that have ended, of any thread; what
/// is of the call with index N is appended to `shares[N]`. What may still be of a call that goes on
/// (`in_call`) stays in `waiting`.
void share_events(std::deque<UpperEvent>& waiting, const std::vector<OverlayCall>& calls,
                  std::uint32_t tid, bool in_call, std::vector<std::vector<UpperEvent>>& shares);

} // namespace vitrine::tracer
