// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/events/stream.h"

#include <vector>

namespace vitrine::events {

/// A stream that holds everything once: for each event of the table one record with every field,
/// and one of a call that failed and of which nothing could be read. Always the same.
[[nodiscard]] StreamStart sample_start();
[[nodiscard]] std::vector<Record> sample_records();
[[nodiscard]] ContainerNote sample_note();
[[nodiscard]] StreamEnd sample_end();

} // namespace vitrine::events
