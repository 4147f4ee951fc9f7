// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <vector>

namespace vitrine::tracer {

/// Lets this process end at once although its probes take seconds to go.
///
/// The kernel waits for a grace period of RCU, some 25 ms, whenever the last descriptor of a
/// program's link or of a perf event closes (perf_event_detach_bpf_prog, perf_trace_event_unreg),
/// one after the other for more than a hundred. The keeper is a forked process that holds copies of
/// `descriptors` and nothing else. It ends when the returned leash closes, so with this process,
/// however that ends, and takes the wait on itself. The programs that it keeps alive so long have
/// been told to do nothing.
Result<UniqueFd> start_keeper(std::vector<int> descriptors);

} // namespace vitrine::tracer
