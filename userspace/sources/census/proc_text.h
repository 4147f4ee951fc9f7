// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/process.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The texts of /proc/PID. Names in them are whatever a process or a user chose.
namespace vitrine::census {

/// What /proc/PID/stat and /proc/PID/task/TID/stat tell.
struct Stat {
  std::string comm;
  std::string state;
  std::uint32_t parent_pid = 0;
  std::uint64_t start_ticks = 0;
  bool kernel_thread = false;

  /// It has ended and waits to be reaped: it has no files and no namespaces any more.
  [[nodiscard]] bool ended() const { return state == "Z" || state == "X"; }
};

/// Without value: the text is cut short, or is none.
[[nodiscard]] std::optional<Stat> parse_stat(std::string_view text);

/// Fills what /proc/PID/status tells: pids in namespaces, and when `security` is wanted
/// credentials, seccomp and no_new_privs. False: the text is cut short.
[[nodiscard]] bool parse_status(std::string_view text, bool security, objects::Process& process);

/// The lines of /proc/PID/cgroup, by hierarchy.
[[nodiscard]] std::vector<objects::CgroupPlace> parse_cgroups(std::string_view text);

/// The strings of /proc/PID/cmdline. Its last one has no end when the process wrote over it.
[[nodiscard]] std::vector<std::string> parse_command(std::string_view text);

} // namespace vitrine::census
