// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

/// A limit: a number, or none ("max" of v2, "-1" or the greatest number of v1).
struct Limit {
  std::optional<std::uint64_t> value; ///< without: unlimited
  friend bool operator==(const Limit&, const Limit&) = default;
};

/// Pressure stall information of one resource: share of the last 10 s, 60 s and 300 s in percent.
struct Pressure {
  double some_10 = 0, some_60 = 0, some_300 = 0;
  std::uint64_t some_usec = 0; ///< in all
  double full_10 = 0, full_60 = 0, full_300 = 0;
  std::uint64_t full_usec = 0;
  friend bool operator==(const Pressure&, const Pressure&) = default;
};

/// I/O of one block device, since the cgroup was made.
struct DeviceIo {
  std::uint32_t major = 0, minor = 0;
  std::uint64_t read_bytes = 0, write_bytes = 0;
  std::uint64_t read_operations = 0, write_operations = 0;
  friend bool operator==(const DeviceIo&, const DeviceIo&) = default;
};

/// What a cgroup's files say. Version 1 and version 2 give the same words; a cgroup has what the
/// controllers of its hierarchy give, the rest has no value.
struct CgroupState {
  std::optional<std::uint64_t> cpu_usage_usec, cpu_user_usec, cpu_system_usec;
  std::optional<std::uint64_t> cpu_throttled_usec, cpu_throttled_periods, cpu_periods;
  std::optional<Limit> cpu_quota_usec; ///< in each period
  std::optional<std::uint64_t> cpu_period_usec;
  std::optional<std::uint64_t> cpu_weight;             ///< of v1 cpu.shares
  std::optional<std::string> cpuset_cpus, cpuset_mems; ///< in force
  std::optional<std::uint64_t> memory_bytes, memory_peak_bytes, swap_bytes;
  std::optional<std::uint64_t> memory_anon_bytes, memory_file_bytes, memory_kernel_bytes;
  std::optional<Limit> memory_max_bytes, memory_high_bytes, swap_max_bytes;
  std::optional<std::uint64_t> oom_events, oom_kills;
  std::optional<std::uint64_t> pids;
  std::optional<Limit> pids_max;
  std::optional<std::vector<DeviceIo>> io;
  std::optional<Pressure> cpu_pressure, memory_pressure, io_pressure;
  std::optional<bool> frozen;
  friend bool operator==(const CgroupState&, const CgroupState&) = default;
};

struct Cgroup {
  CgroupId id;
  std::string path;               ///< from its hierarchy's root
  std::string hierarchy;          ///< "v2", or the v1 controllers: "cpu,cpuacct", "name=systemd"
  std::optional<CgroupId> parent; ///< none of the root
  std::vector<std::string> controllers; ///< that act in it, ascending
  std::optional<std::string> type;      ///< v2: "domain", "threaded", …
  std::uint32_t processes = 0;          ///< in it, those below left out
  std::optional<ContainerId> container;
  CgroupState state;
  friend bool operator==(const Cgroup&, const Cgroup&) = default;
};

template<>
struct Description<Pressure> {
  using T = Pressure;
  static constexpr std::string_view name = "pressure";
  static constexpr std::string_view doc =
      "Pressure stall information, in percent of the last seconds.";
  static constexpr auto fields =
      std::tuple{Field{"some_10", &T::some_10, ""},   Field{"some_60", &T::some_60, ""},
                 Field{"some_300", &T::some_300, ""}, Field{"some_usec", &T::some_usec, "in all"},
                 Field{"full_10", &T::full_10, ""},   Field{"full_60", &T::full_60, ""},
                 Field{"full_300", &T::full_300, ""}, Field{"full_usec", &T::full_usec, "in all"}};
};

template<>
struct Description<DeviceIo> {
  using T = DeviceIo;
  static constexpr std::string_view name = "device_io";
  static constexpr std::string_view doc = "I/O of one block device since the cgroup was made.";
  static constexpr auto fields = std::tuple{Field{"major", &T::major, ""},
                                            Field{"minor", &T::minor, ""},
                                            Field{"read_bytes", &T::read_bytes, ""},
                                            Field{"write_bytes", &T::write_bytes, ""},
                                            Field{"read_operations", &T::read_operations, ""},
                                            Field{"write_operations", &T::write_operations, ""}};
};

template<>
struct Description<CgroupState> {
  using T = CgroupState;
  static constexpr std::string_view name = "cgroup_state";
  static constexpr std::string_view doc =
      "What a cgroup's files say; the word \"max\" stands for no limit.";
  static constexpr auto fields =
      std::tuple{Field{"cpu_usage_usec", &T::cpu_usage_usec, ""},
                 Field{"cpu_user_usec", &T::cpu_user_usec, ""},
                 Field{"cpu_system_usec", &T::cpu_system_usec, ""},
                 Field{"cpu_throttled_usec", &T::cpu_throttled_usec, ""},
                 Field{"cpu_throttled_periods", &T::cpu_throttled_periods, ""},
                 Field{"cpu_periods", &T::cpu_periods, ""},
                 Field{"cpu_quota_usec", &T::cpu_quota_usec, "in each period"},
                 Field{"cpu_period_usec", &T::cpu_period_usec, ""},
                 Field{"cpu_weight", &T::cpu_weight, "v1: cpu.shares"},
                 Field{"cpuset_cpus", &T::cpuset_cpus, "in force"},
                 Field{"cpuset_mems", &T::cpuset_mems, "in force"},
                 Field{"memory_bytes", &T::memory_bytes, ""},
                 Field{"memory_peak_bytes", &T::memory_peak_bytes, ""},
                 Field{"swap_bytes", &T::swap_bytes, ""},
                 Field{"memory_anon_bytes", &T::memory_anon_bytes, ""},
                 Field{"memory_file_bytes", &T::memory_file_bytes, ""},
                 Field{"memory_kernel_bytes", &T::memory_kernel_bytes, ""},
                 Field{"memory_max_bytes", &T::memory_max_bytes, ""},
                 Field{"memory_high_bytes", &T::memory_high_bytes, "v1: the soft limit"},
                 Field{"swap_max_bytes", &T::swap_max_bytes, ""},
                 Field{"oom_events", &T::oom_events, ""},
                 Field{"oom_kills", &T::oom_kills, ""},
                 Field{"pids", &T::pids, ""},
                 Field{"pids_max", &T::pids_max, ""},
                 Field{"io", &T::io, "a device each"},
                 Field{"cpu_pressure", &T::cpu_pressure, ""},
                 Field{"memory_pressure", &T::memory_pressure, ""},
                 Field{"io_pressure", &T::io_pressure, ""},
                 Field{"frozen", &T::frozen, ""}};
};

template<>
struct Description<Cgroup> {
  using T = Cgroup;
  static constexpr std::string_view name = "cgroup";
  static constexpr std::string_view doc = "A cgroup of one hierarchy.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "HIERARCHY:INODE"},
                 Field{"path", &T::path, "from its hierarchy's root"},
                 Field{"hierarchy", &T::hierarchy, "v2, or the v1 controllers"},
                 Field{"parent", &T::parent, ""},
                 Field{"controllers", &T::controllers, "that act in it"},
                 Field{"type", &T::type, "v2: cgroup.type"},
                 Field{"processes", &T::processes, "in it, those below left out"},
                 Field{"container", &T::container, ""},
                 Field{"state", &T::state, "limits and use"}};
};

} // namespace vitrine::objects
