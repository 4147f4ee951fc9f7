// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/cgroups/state_files.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <unistd.h>

namespace vitrine::cgroups {
namespace {

using objects::CgroupState;
using objects::Limit;
using objects::Pressure;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

template<class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> count(std::string_view text) {
  return number<std::uint64_t>(trimmed(text));
}

/// The next word up to a blank, taken off the front.
std::string_view word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  const std::string_view found = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(found.size());
  return found;
}

/// Calls `line(text)` for each line.
template<class Line>
void each_line(std::string_view text, Line&& line) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('\n'));
    line(one);
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
}

/// The value behind `key` in lines of "KEY VALUE".
std::optional<std::uint64_t> keyed(std::string_view text, std::string_view key) {
  std::optional<std::uint64_t> found;
  each_line(text, [&](std::string_view line) {
    if (word(line) == key) found = count(word(line));
  });
  return found;
}

/// "max", or a number.
std::optional<Limit> limit(std::string_view text) {
  if (trimmed(text) == "max") return Limit{};
  const auto value = count(text);
  return value ? std::optional(Limit{*value}) : std::nullopt;
}

/// Version 1 writes the greatest number of whole pages for no limit (mm/page_counter.c).
std::optional<Limit> pages_limit(std::string_view text) {
  const auto value = count(text);
  if (!value) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return *value >= kMost / page * page ? Limit{} : Limit{*value};
}

std::optional<std::uint64_t> from_ticks(std::optional<std::uint64_t> ticks) {
  constexpr std::uint64_t kMicroseconds = 1'000'000;
  if (!ticks) return std::nullopt;
  return *ticks * kMicroseconds / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
}

std::optional<std::uint64_t> from_nanoseconds(std::optional<std::uint64_t> time) {
  return time ? std::optional(*time / 1000) : std::nullopt;
}

/// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and such a line for "full".
std::optional<Pressure> pressure(std::string_view text) {
  Pressure pressure;
  bool found = false;
  each_line(text, [&](std::string_view line) {
    const bool full = word(line) == "full";
    double* shares[] = {full ? &pressure.full_10 : &pressure.some_10,
                        full ? &pressure.full_60 : &pressure.some_60,
                        full ? &pressure.full_300 : &pressure.some_300};
    for (double* share : shares) {
      const std::string_view value = word(line);
      const std::size_t equals = value.find('=');
      if (equals == value.npos) return;
      std::from_chars(value.data() + equals + 1, value.data() + value.size(), *share);
    }
    const std::string_view total = word(line);
    if (!total.starts_with("total=")) return;
    (full ? pressure.full_usec : pressure.some_usec) = count(total.substr(6)).value_or(0);
    found = true;
  });
  return found ? std::optional(pressure) : std::nullopt;
}

/// "8:0".
bool read_device(std::string_view text, objects::DeviceIo& device) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const auto major = number<std::uint32_t>(text.substr(0, colon));
  const auto minor = number<std::uint32_t>(text.substr(colon + 1));
  if (!major || !minor) return false;
  device.major = *major;
  device.minor = *minor;
  return true;
}

objects::DeviceIo& device_of(CgroupState& state, const objects::DeviceIo& like) {
  if (!state.io) state.io.emplace();
  auto found = std::ranges::find_if(*state.io, [&](const objects::DeviceIo& known) {
    return known.major == like.major && known.minor == like.minor;
  });
  return found != state.io->end() ? *found : state.io->emplace_back(like);
}

/// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …".
void read_io_stat(std::string_view text, CgroupState& state) {
  state.io.emplace();
  each_line(text, [&](std::string_view line) {
    objects::DeviceIo device;
    if (!read_device(word(line), device)) return;
    while (!line.empty()) {
      const std::string_view pair = word(line);
      if (pair.empty()) break;
      const std::size_t equals = std::min(pair.find('='), pair.size());
      const std::string_view key = pair.substr(0, equals);
      const std::uint64_t value = count(pair.substr(std::min(equals + 1, pair.size()))).value_or(0);
      if (key == "rbytes") device.read_bytes = value;
      if (key == "wbytes") device.write_bytes = value;
      if (key == "rios") device.read_operations = value;
      if (key == "wios") device.write_operations = value;
    }
    state.io->push_back(device);
  });
}

/// Version 1: "8:0 Read 4096", the last line being "Total …".
void read_blkio(std::string_view text, CgroupState& state, std::uint64_t objects::DeviceIo::*read,
                std::uint64_t objects::DeviceIo::*write) {
  if (!state.io) state.io.emplace();
  each_line(text, [&](std::string_view line) {
    objects::DeviceIo device;
    if (!read_device(word(line), device)) return;
    const std::string_view direction = word(line);
    const auto value = count(word(line));
    if (!value) return;
    if (direction == "Read") device_of(state, device).*read = *value;
    if (direction == "Write") device_of(state, device).*write = *value;
  });
}

constexpr StateFile kVersion2[] = {
    {"cgroup.events", "",
     [](std::string_view text, CgroupState& state) {
       if (const auto frozen = keyed(text, "frozen")) state.frozen = *frozen != 0;
     }},
    {"cpu.stat", "",
     [](std::string_view text, CgroupState& state) {
       state.cpu_usage_usec = keyed(text, "usage_usec");
       state.cpu_user_usec = keyed(text, "user_usec");
       state.cpu_system_usec = keyed(text, "system_usec");
       state.cpu_periods = keyed(text, "nr_periods");
       state.cpu_throttled_periods = keyed(text, "nr_throttled");
       state.cpu_throttled_usec = keyed(text, "throttled_usec");
     }},
    {"cpu.max", "cpu",
     [](std::string_view text, CgroupState& state) {
       state.cpu_quota_usec = limit(word(text));
       state.cpu_period_usec = count(word(text));
     }},
    {"cpu.weight", "cpu",
     [](std::string_view text, CgroupState& state) { state.cpu_weight = count(text); }},
    {"cpuset.cpus.effective", "cpuset",
     [](std::string_view text, CgroupState& state) { state.cpuset_cpus = trimmed(text); }},
    {"cpuset.mems.effective", "cpuset",
     [](std::string_view text, CgroupState& state) { state.cpuset_mems = trimmed(text); }},
    {"memory.current", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_bytes = count(text); }},
    {"memory.peak", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_peak_bytes = count(text); }},
    {"memory.max", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_max_bytes = limit(text); }},
    {"memory.high", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_high_bytes = limit(text); }},
    {"memory.swap.current", "memory",
     [](std::string_view text, CgroupState& state) { state.swap_bytes = count(text); }},
    {"memory.swap.max", "memory",
     [](std::string_view text, CgroupState& state) { state.swap_max_bytes = limit(text); }},
    {"memory.stat", "memory",
     [](std::string_view text, CgroupState& state) {
       state.memory_anon_bytes = keyed(text, "anon");
       state.memory_file_bytes = keyed(text, "file");
       state.memory_kernel_bytes = keyed(text, "kernel");
     }},
    {"memory.events", "memory",
     [](std::string_view text, CgroupState& state) {
       state.oom_events = keyed(text, "oom");
       state.oom_kills = keyed(text, "oom_kill");
     }},
    {"pids.current", "pids",
     [](std::string_view text, CgroupState& state) { state.pids = count(text); }},
    {"pids.max", "pids",
     [](std::string_view text, CgroupState& state) { state.pids_max = limit(text); }},
    {"io.stat", "io", read_io_stat},
    {"cpu.pressure", "",
     [](std::string_view text, CgroupState& state) { state.cpu_pressure = pressure(text); }},
    {"memory.pressure", "",
     [](std::string_view text, CgroupState& state) { state.memory_pressure = pressure(text); }},
    {"io.pressure", "",
     [](std::string_view text, CgroupState& state) { state.io_pressure = pressure(text); }},
};

constexpr StateFile kVersion1[] = {
    {"cpuacct.usage", "cpuacct",
     [](std::string_view text, CgroupState& state) {
       state.cpu_usage_usec = from_nanoseconds(count(text));
     }},
    {"cpuacct.stat", "cpuacct",
     [](std::string_view text, CgroupState& state) {
       state.cpu_user_usec = from_ticks(keyed(text, "user"));
       state.cpu_system_usec = from_ticks(keyed(text, "system"));
     }},
    {"cpu.stat", "cpu",
     [](std::string_view text, CgroupState& state) {
       state.cpu_periods = keyed(text, "nr_periods");
       state.cpu_throttled_periods = keyed(text, "nr_throttled");
       state.cpu_throttled_usec = from_nanoseconds(keyed(text, "throttled_time"));
     }},
    {"cpu.cfs_quota_us", "cpu",
     [](std::string_view text, CgroupState& state) {
       state.cpu_quota_usec = trimmed(text) == "-1" ? Limit{} : limit(text);
     }},
    {"cpu.cfs_period_us", "cpu",
     [](std::string_view text, CgroupState& state) { state.cpu_period_usec = count(text); }},
    {"cpu.shares", "cpu",
     [](std::string_view text, CgroupState& state) { state.cpu_weight = count(text); }},
    {"cpuset.effective_cpus", "cpuset",
     [](std::string_view text, CgroupState& state) { state.cpuset_cpus = trimmed(text); }},
    {"cpuset.effective_mems", "cpuset",
     [](std::string_view text, CgroupState& state) { state.cpuset_mems = trimmed(text); }},
    {"memory.usage_in_bytes", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_bytes = count(text); }},
    {"memory.max_usage_in_bytes", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_peak_bytes = count(text); }},
    {"memory.limit_in_bytes", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_max_bytes = pages_limit(text); }},
    {"memory.soft_limit_in_bytes", "memory",
     [](std::string_view text, CgroupState& state) {
       state.memory_high_bytes = pages_limit(text);
     }},
    {"memory.kmem.usage_in_bytes", "memory",
     [](std::string_view text, CgroupState& state) { state.memory_kernel_bytes = count(text); }},
    {"memory.stat", "memory",
     [](std::string_view text, CgroupState& state) {
       state.memory_anon_bytes = keyed(text, "total_rss");
       state.memory_file_bytes = keyed(text, "total_cache");
       state.swap_bytes = keyed(text, "total_swap");
     }},
    {"memory.oom_control", "memory",
     [](std::string_view text, CgroupState& state) { state.oom_kills = keyed(text, "oom_kill"); }},
    {"pids.current", "pids",
     [](std::string_view text, CgroupState& state) { state.pids = count(text); }},
    {"pids.max", "pids",
     [](std::string_view text, CgroupState& state) { state.pids_max = limit(text); }},
    {"blkio.throttle.io_service_bytes_recursive", "blkio",
     [](std::string_view text, CgroupState& state) {
       read_blkio(text, state, &objects::DeviceIo::read_bytes, &objects::DeviceIo::write_bytes);
     }},
    {"blkio.throttle.io_serviced_recursive", "blkio",
     [](std::string_view text, CgroupState& state) {
       read_blkio(text, state, &objects::DeviceIo::read_operations,
                  &objects::DeviceIo::write_operations);
     }},
    {"freezer.state", "freezer",
     [](std::string_view text, CgroupState& state) { state.frozen = trimmed(text) == "FROZEN"; }},
};

} // namespace

std::span<const StateFile> version_2_files() {
  return kVersion2;
}

std::span<const StateFile> version_1_files() {
  return kVersion1;
}

} // namespace vitrine::cgroups
