// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vitrine {

/// Nanoseconds of CLOCK_REALTIME as RFC 3339 in UTC: "2026-08-23T01:38:03.000000042Z".
[[nodiscard]] std::string rfc3339(std::uint64_t realtime_ns);

} // namespace vitrine
