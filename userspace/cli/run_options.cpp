// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/run_options.h"

#include "userspace/base/text_escape.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace vitrine::cli {
namespace {

constexpr double kMostBytes = 9.0e18; // below 2^63
constexpr std::int64_t kLeastMemory = std::int64_t{512} << 10;
constexpr std::int64_t kLeastQuota = 1000; // kernel/sched/core.c, min_cfs_quota_period

/// The whole of `text` as a number that is not negative.
std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number) || std::signbit(number)) return std::nullopt;
  return number;
}

/// The power of 1024 that a unit's letter means.
std::optional<int> exponent_of(char unit) {
  constexpr std::string_view kUnits = "bkmgt";
  const auto at = kUnits.find(static_cast<char>(unit | 0x20)); // in lower case
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<int>(at);
}

} // namespace

Result<std::int64_t> parse_size(std::string_view text) {
  const auto wrong = [&] {
    return with_hint(failure("not a size: \"{}\"", escape_text(text)),
                     "for example 64m, 1.5g or 1048576");
  };
  std::string_view digits = text;
  int exponent = 0;
  if (!text.empty() && (text.back() < '0' || text.back() > '9')) {
    const auto unit = exponent_of(text.back());
    if (!unit) return wrong();
    exponent = *unit;
    digits.remove_suffix(1);
  }
  const auto number = parse_number(digits);
  if (!number) return wrong();
  const double bytes = *number * std::pow(1024.0, exponent);
  if (bytes > kMostBytes) return wrong();
  return static_cast<std::int64_t>(bytes);
}

Result<std::int64_t> parse_cpus(std::string_view text) {
  const auto cpus = parse_number(text);
  const double quota = cpus.value_or(0) * static_cast<double>(kCpuPeriod);
  if (quota < static_cast<double>(kLeastQuota) || quota > kMostBytes)
    return with_hint(failure("not a number of CPUs: \"{}\"", escape_text(text)),
                     "for example 0.5 or 2; at least 0.01");
  return std::llround(quota);
}

Result<Limits> parse_limits(const RunOptions& options) {
  Limits limits;
  if (!options.memory.empty()) {
    const auto bytes = parse_size(options.memory);
    if (!bytes) return context(bytes.error(), "--memory");
    if (*bytes < kLeastMemory) return failure("--memory: at least 512k, no program starts in less");
    limits.memory_bytes = *bytes;
  }
  if (!options.cpus.empty()) {
    const auto quota = parse_cpus(options.cpus);
    if (!quota) return context(quota.error(), "--cpus");
    limits.cpu_quota = *quota;
  }
  if (!options.pids_limit.empty()) {
    const auto count = parse_number(options.pids_limit);
    if (!count || *count < 1 || *count > 4'194'304 || std::floor(*count) != *count)
      return with_hint(failure("--pids-limit: not a number of processes: \"{}\"",
                               escape_text(options.pids_limit)),
                       "for example 100");
    limits.pids = std::llround(*count);
  }
  return limits;
}

} // namespace vitrine::cli
