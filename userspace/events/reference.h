// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace vitrine::events {

/// Every event with its fields, as Markdown, made of the event table: docs/events.md.
[[nodiscard]] std::string events_markdown();

} // namespace vitrine::events
