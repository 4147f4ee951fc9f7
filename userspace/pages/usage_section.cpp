// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"
#include "userspace/query/value.h"

#include <fmt/ranges.h>

namespace vitrine::pages {
namespace {

using objects::CgroupState;
using objects::Limit;

/// Clauses of a sentence about one resource.
class Clauses {
public:
  void add(std::string clause) { clauses_.push_back(std::move(clause)); }
  void add_bytes(std::string_view words, const std::optional<std::uint64_t>& bytes) {
    if (bytes) add(fmt::format("{} {}", bytes_text(*bytes), words));
  }
  void add_limit(std::string_view words, const std::optional<Limit>& bytes) {
    if (bytes && bytes->value) add(fmt::format("{} {}", words, bytes_text(*bytes->value)));
  }
  [[nodiscard]] std::optional<std::string> text() const {
    if (clauses_.empty()) return std::nullopt;
    return fmt::format("{}", fmt::join(clauses_, ", "));
  }

private:
  std::vector<std::string> clauses_;
};

std::string time_text(std::uint64_t microseconds) {
  return query::value_text(query::Kind::microseconds, microseconds);
}

std::optional<std::string> cpu_words(const CgroupState& state) {
  Clauses clauses;
  if (state.cpu_usage_usec) clauses.add(time_text(*state.cpu_usage_usec) + " used");
  if (state.cpu_quota_usec && !state.cpu_quota_usec->value) clauses.add("no limit");
  if (state.cpu_quota_usec && state.cpu_quota_usec->value && state.cpu_period_usec.value_or(0) != 0)
    clauses.add(
        fmt::format("at most {:.2f} processors", static_cast<double>(*state.cpu_quota_usec->value) /
                                                     static_cast<double>(*state.cpu_period_usec)));
  if (state.cpu_weight) clauses.add(fmt::format("weight {}", *state.cpu_weight));
  if (state.cpuset_cpus && !state.cpuset_cpus->empty())
    clauses.add("on processors " + *state.cpuset_cpus);
  if (state.cpu_throttled_periods && state.cpu_periods && *state.cpu_periods != 0)
    clauses.add(fmt::format("held back in {} of {} periods", *state.cpu_throttled_periods,
                            *state.cpu_periods));
  return clauses.text();
}

std::optional<std::string> memory_words(const CgroupState& state) {
  Clauses clauses;
  clauses.add_bytes("used", state.memory_bytes);
  clauses.add_bytes("at the most so far", state.memory_peak_bytes);
  if (state.memory_max_bytes && !state.memory_max_bytes->value) clauses.add("no limit");
  clauses.add_limit("at most", state.memory_max_bytes);
  clauses.add_limit("reclaimed above", state.memory_high_bytes);
  return clauses.text();
}

std::optional<std::string> swap_words(const CgroupState& state) {
  Clauses clauses;
  clauses.add_bytes("used", state.swap_bytes);
  clauses.add_limit("at most", state.swap_max_bytes);
  return clauses.text();
}

std::optional<std::string> pids_words(const CgroupState& state) {
  Clauses clauses;
  if (state.pids) clauses.add(counted(*state.pids, "task", "tasks"));
  if (state.pids_max && !state.pids_max->value) clauses.add("no limit");
  if (state.pids_max && state.pids_max->value)
    clauses.add(fmt::format("at most {}", *state.pids_max->value));
  return clauses.text();
}

std::optional<std::string> io_words(const CgroupState& state) {
  if (!state.io) return std::nullopt;
  Clauses clauses;
  for (const objects::DeviceIo& device : *state.io)
    clauses.add(fmt::format("{} read and {} written of {}:{}", bytes_text(device.read_bytes),
                            bytes_text(device.write_bytes), device.major, device.minor));
  return clauses.text();
}

std::optional<std::string> pressure_words(const CgroupState& state) {
  Clauses clauses;
  const auto add = [&](std::string_view what, const std::optional<objects::Pressure>& pressure) {
    if (pressure) clauses.add(fmt::format("{} {:.2f} %", what, pressure->some_10));
  };
  add("processors", state.cpu_pressure);
  add("memory", state.memory_pressure);
  add("I/O", state.io_pressure);
  const auto text = clauses.text();
  return text ? std::optional("some waited in the last 10 s for " + *text) : std::nullopt;
}

} // namespace

void add_usage(Section& section, const CgroupState& state) {
  section.add_known("processors", cpu_words(state));
  section.add_known("memory", memory_words(state));
  section.add_known("swap", swap_words(state));
  section.add_known("tasks", pids_words(state));
  section.add_known("I/O", io_words(state));
  section.add_known("pressure", pressure_words(state));
  if (state.oom_kills.value_or(0) != 0)
    section.add("out of memory",
                counted(*state.oom_kills, "process was killed", "processes were killed"), Ink::bad);
  if (state.frozen.value_or(false))
    section.add("frozen", "none of its processes runs", Ink::warning);
}

} // namespace vitrine::pages
