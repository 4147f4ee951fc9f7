// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

/// Values as the lines of a trace hold them, for the .cpp files that write them: this header brings
/// all of nlohmann/json.hpp.
namespace vitrine::events {

using Json = nlohmann::ordered_json;

template<class T>
[[nodiscard]] Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
[[nodiscard]] inline Json number_or_null(std::uint64_t value) {
  return value != 0 ? Json(value) : Json();
}
[[nodiscard]] inline Json id_or_null(std::uint64_t id) {
  return id != 0 ? Json(fmt::format("{}", id)) : Json();
}

[[nodiscard]] Json text_or_null(std::string_view text);

/// CLOCK_BOOTTIME as the wall clock of the stream's start counts it.
[[nodiscard]] Json time_json(std::uint64_t time_ns, const StreamStart& start);
[[nodiscard]] Json namespaces_json(const ev_namespaces& namespaces);
[[nodiscard]] Json credentials_json(const ev_credentials& credentials);
/// null: no mount. Without "namespace" it is detached.
[[nodiscard]] Json mount_json(const ev_mount& mount);
[[nodiscard]] Json hierarchy_json(std::uint32_t number, const StreamStart& start);
/// `bytes`: ev_id_extent after ev_id_extent.
[[nodiscard]] Json id_map_json(std::string_view bytes);

} // namespace vitrine::events
