// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/namespace.h"

#include <optional>
#include <string_view>
#include <vector>

namespace vitrine::namespaces {

/// Parses the text of a uid_map or gid_map file, user_namespaces(7). Nothing: it is none.
[[nodiscard]] std::optional<std::vector<objects::IdMapping>> id_map_of(std::string_view text);

} // namespace vitrine::namespaces
