// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace vitrine::oci {

/// The parts of config.json (runtime-spec config.md, config-linux.md) that this runtime carries
/// out. Field names are the specification's in snake_case; a field it cannot honour is refused by
/// parse_config, so that whatever is in a Config will be done.

struct ConsoleSize {
  std::uint16_t height = 0;
  std::uint16_t width = 0;
};

struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  mode_t umask = 0022;
  std::vector<std::uint32_t> additional_gids;
};

/// Sets of capabilities: bit N is capability N.
struct Capabilities {
  std::uint64_t bounding = 0;
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;
  std::uint64_t ambient = 0;
};

struct ResourceLimit {
  int resource = 0; ///< RLIMIT_*
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  User user;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd;
  std::optional<Capabilities> capabilities;
  bool no_new_privileges = false;
  std::vector<ResourceLimit> rlimits;
  std::optional<int> oom_score_adj;
};

struct Root {
  std::string path;
  bool readonly = false;
};

/// A mount whose destination is "/" is the root file system itself, mounted on root.path before
/// everything else: the way to give a root made of overlay layers. An overlay there without an
/// upperdir gets a fresh one, which goes with the container.
struct Mount {
  std::string destination;
  std::string type;
  std::string source;
  std::vector<std::string> options;
};

struct IdMapping {
  std::uint32_t container_id = 0;
  std::uint32_t host_id = 0;
  std::uint32_t size = 0;
};

struct Device {
  std::string path;
  mode_t type = 0; ///< S_IFCHR, S_IFBLK or S_IFIFO
  unsigned major = 0;
  unsigned minor = 0;
  mode_t file_mode = 0666;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// Who may use which device nodes; absent numbers mean any. Rules are applied in order.
struct DeviceRule {
  bool allow = false;
  char type = 'a'; ///< 'a' all, 'b' block, 'c' character
  std::optional<std::uint32_t> major;
  std::optional<std::uint32_t> minor;
  std::string access; ///< letters of "rwm"
};

struct Resources {
  std::optional<std::int64_t> memory_limit;       ///< bytes, -1 unlimited
  std::optional<std::int64_t> memory_swap;        ///< bytes of memory and swap, -1 unlimited
  std::optional<std::int64_t> memory_reservation; ///< bytes, -1 unlimited
  std::optional<std::uint64_t> cpu_shares;
  std::optional<std::int64_t> cpu_quota;   ///< microseconds in a period, -1 unlimited
  std::optional<std::uint64_t> cpu_period; ///< microseconds
  std::optional<std::int64_t> pids_limit;  ///< -1 unlimited
  std::vector<DeviceRule> devices;
};

struct Linux {
  std::uint64_t namespaces = 0; ///< CLONE_NEW* to make
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::vector<Device> devices;
  std::string cgroups_path; ///< below the root of every hierarchy; empty: "/vitrine/ID"
  Resources resources;
  std::uint64_t rootfs_propagation = 0; ///< MS_PRIVATE, MS_SLAVE; 0: the runtime's choice
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
};

struct Config {
  std::string oci_version;
  Process process;
  Root root;
  std::string hostname;
  std::string domainname;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> annotations;
  Linux linux_settings;
};

/// Parses and checks config.json. The error names the field. Fields that the specification does not
/// know are ignored, as it demands; fields it knows and this runtime cannot honour are refused.
Result<Config> parse_config(std::string_view json);

} // namespace vitrine::oci
