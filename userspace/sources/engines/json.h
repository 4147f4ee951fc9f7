// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/directory.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace vitrine::engines {

/// JSON that somebody else wrote. Fields may be absent or of any type: they then count as unknown.
using nlohmann::json;

/// A JSON text that is valid and not nested too deep.
Result<json> parse_json(std::string_view text);

/// The JSON file `name` in `directory`.
Result<json> read_json(const Directory& directory, const std::string& name);

/// What `path`, names of fields from outside to inside, leads to; null when it leads nowhere.
[[nodiscard]] const json* field_at(const json& document,
                                   std::initializer_list<std::string_view> path);

/// The string there; empty when there is none, or one that no name or path can be: with a NUL
/// character, or longer than 4096 bytes.
[[nodiscard]] std::string text_at(const json& document,
                                  std::initializer_list<std::string_view> path);

/// The whole number there; 0 when there is none.
[[nodiscard]] std::uint64_t number_at(const json& document,
                                      std::initializer_list<std::string_view> path);

} // namespace vitrine::engines
