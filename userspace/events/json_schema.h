// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace vitrine::events {

/// JSON Schema (2020-12) of the lines of json.h, made of the event table: an unknown field of a line
/// is an error. docs/schemas/trace-event.schema.json holds it.
[[nodiscard]] nlohmann::ordered_json trace_schema();

} // namespace vitrine::events
