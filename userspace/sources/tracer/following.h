// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/sources/tracer/programs.h"
#include "userspace/sources/tracer/tracer.h"

#include <set>
#include <vector>

namespace vitrine::tracer {

/// Marks, before a trace begins, all that ran already and belongs to it: the chosen process or
/// container, and the daemons that may be spoken to. Every probe must be attached: whatever is born
/// meanwhile inherits its mark. Returns the processes that the stream's start has to tell of.
Result<std::vector<events::EarlierProcess>> follow_earlier(const Options& options,
                                                           Programs& programs);

/// Follows daemons that were not there when the trace began, once a followed process connects to
/// one.
class LateDaemons {
public:
  explicit LateDaemons(Programs& programs) : programs_(programs) {}
  Result<void> follow(const ev_network_connect& connect);

private:
  Programs& programs_;
  std::set<std::uint32_t> known_;
};

} // namespace vitrine::tracer
