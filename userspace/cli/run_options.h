// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::cli {

/// What `vitrine run` was asked for.
struct RunOptions {
  std::string image; ///< empty: the demo, or none with `rootfs`
  std::string rootfs;
  std::vector<std::string> command; ///< empty: the image's own
  std::string name;
  std::string hostname;
  std::string working_directory;
  std::optional<std::string> user; ///< given as "", it is an error and not root
  std::vector<std::string> env;
  std::string memory;
  std::string cpus;
  std::string pids_limit;
  std::string root;
  bool user_namespace = false;
  bool read_only = false;
  bool terminal = false;
  bool interactive = false;
};

/// Limits of a container; 0: none.
struct Limits {
  std::int64_t memory_bytes = 0;
  std::int64_t cpu_quota = 0; ///< microseconds of each kCpuPeriod
  std::int64_t pids = 0;
};
inline constexpr std::int64_t kCpuPeriod = 100'000;

/// "64m", "1.5G", "4096": bytes; b, k, m, g and t are powers of 1024, in either case.
Result<std::int64_t> parse_size(std::string_view text);

/// "0.5": so many microseconds of each kCpuPeriod. At least the kernel's least, 1000.
Result<std::int64_t> parse_cpus(std::string_view text);

Result<Limits> parse_limits(const RunOptions& options);

} // namespace vitrine::cli
