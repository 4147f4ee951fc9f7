// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/schema.h"

#include <bitset>
#include <string_view>
#include <vector>

namespace vitrine::events {

/// A set of event types.
using EventSet = std::bitset<VITRINE_EVENT_LIMIT>;

[[nodiscard]] EventSet every_event();

/// "process", "namespace", …: each category that has events, in order of first appearance.
[[nodiscard]] std::vector<std::string_view> all_categories();

/// What `-e` asks for: categories and full event names, separated by commas, "!" in front takes
/// away. Read from left to right; a list that begins with "!" begins with every event. The error
/// for an unknown name suggests the nearest one.
Result<EventSet> select_events(std::string_view list);

} // namespace vitrine::events
