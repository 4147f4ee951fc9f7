// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/events/stream.h"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace vitrine::events {

/// Name and version of the lines below: docs/schemas/trace-event.schema.json. A new event or field
/// raises the minor version, a change of meaning the major one.
inline constexpr std::string_view kTraceSchema = "vitrine.trace-event";
inline constexpr std::string_view kTraceSchemaVersion = "1.0";

/// The lines of a trace as NDJSON. Everywhere: null could not be known, absent was not asked or
/// does not apply, 64-bit ids are strings, flags are arrays of names, a namespace is
/// "mnt:[4026531841]".
[[nodiscard]] nlohmann::ordered_json start_json(const StreamStart& start);
[[nodiscard]] nlohmann::ordered_json event_json(const Record& record, const StreamStart& start,
                                                const Belonging& belonging = {});
[[nodiscard]] nlohmann::ordered_json container_json(const ContainerNote& note,
                                                    const StreamStart& start);
/// `hidden`: events that have no line.
[[nodiscard]] nlohmann::ordered_json end_json(const StreamEnd& end, const StreamStart& start,
                                              const EventCounts& hidden = {});

} // namespace vitrine::events
