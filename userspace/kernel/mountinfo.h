// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::kernel {

/// One line of /proc/PID/mountinfo (proc(5)), its octal escapes undone.
struct MountInfo {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;
  unsigned device_major = 0;
  unsigned device_minor = 0;
  std::string root; ///< the directory of the file system that is mounted
  std::string mount_point;
  std::string options;                         ///< of the mount
  std::optional<std::uint64_t> peer_group;     ///< shared:N
  std::optional<std::uint64_t> master_group;   ///< master:N
  std::optional<std::uint64_t> propagate_from; ///< propagate_from:N
  bool unbindable = false;
  std::string type;
  std::string source;
  std::string super_options; ///< of the file system
};

/// Parses the whole file. The error names the line that is not understood.
Result<std::vector<MountInfo>> parse_mountinfo(std::string_view text);

/// Reads `proc_root`/self/mountinfo.
Result<std::vector<MountInfo>> read_mountinfo(const std::string& proc_root = "/proc");

/// The options of a mount or a file system: split at commas, octal escapes undone.
[[nodiscard]] std::vector<std::string> split_options(std::string_view text);

/// `text` with \040, \011, \012 and \134 turned back into the characters they stand for.
[[nodiscard]] std::string unescape_octal(std::string_view text);

} // namespace vitrine::kernel
