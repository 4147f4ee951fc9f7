// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace vitrine {

std::string rfc3339(std::uint64_t realtime_ns) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto seconds = static_cast<std::time_t>(realtime_ns / kSecond);
  std::tm utc = {};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     realtime_ns % kSecond);
}

} // namespace vitrine
