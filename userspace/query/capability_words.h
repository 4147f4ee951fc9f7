// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::query {

/// "SYS_ADMIN", …: without the prefix that all of them have.
[[nodiscard]] std::vector<std::string> capability_names(std::uint64_t bits);

/// A set of capabilities in as few words as say it exactly: "all", "none", "all but SYS_BOOT",
/// "docker's default without NET_RAW, with SYS_ADMIN", or their names.
[[nodiscard]] std::string capability_words(std::uint64_t bits);

} // namespace vitrine::query
