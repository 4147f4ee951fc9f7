// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "userspace/kernel/cgroup_layout.h"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::oci {

/// One fsconfig(2) parameter; a flag has no value.
struct FsParameter {
  std::string key;
  std::optional<std::string> value;
};

/// One thing to put into the container's tree. The child of the clone carries it out without
/// allocating: every string it needs is made here.
struct PlannedMount {
  enum class Kind {
    FileSystem,   ///< a new instance of `type`
    Bind,         ///< what is at `source` on the host
    SymbolicLink, ///< at `destination`, to `source`
    MakeReadOnly, ///< the mount that is on `destination`
  };
  Kind kind = Kind::FileSystem;
  std::string type;
  std::string source;
  std::string destination;
  std::vector<FsParameter> parameters;
  std::uint64_t attributes = 0;           ///< MOUNT_ATTR_*
  std::uint64_t recursive_attributes = 0; ///< the same, for every mount below as well
  std::uint64_t propagation = 0;          ///< MS_PRIVATE, MS_SLAVE … or 0
  bool recursive = false;                 ///< Bind: with the mounts below `source`
};

/// Where the container's root comes from.
struct PlannedRoot {
  std::string mount_point;  ///< on the host; a directory
  std::string overlay_data; ///< mount(2) data of the overlay mounted there; empty: a bind mount
  bool fresh_upper = false; ///< its upper and work directories are to be made first
  bool readonly = false;
};

/// All that the container's first process does between clone3(2) and execve(2).
struct Plan {
  std::string id;
  std::uint64_t namespaces = 0; ///< CLONE_NEW*
  PlannedRoot root;
  std::vector<PlannedMount> mounts;
  std::vector<Device> devices;
  bool bind_devices = false; ///< in a user namespace, mknod(2) is refused
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::uint64_t root_propagation = 0;
  std::string hostname;
  std::string domainname;
  Process process;
  std::vector<char*> argv;              ///< into process.args, ends with null
  std::vector<char*> envp;              ///< into process.env, ends with null
  std::vector<std::string> executables; ///< what to try with execve(2), in order

  Plan() = default;
  Plan(const Plan&) = delete; // argv and envp point into process
  Plan& operator=(const Plan&) = delete;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;
  ~Plan() = default;
};

/// What the plan depends on beside the configuration.
struct PlanSurroundings {
  std::string id;
  std::string bundle;    ///< absolute; relative paths of the configuration are below it
  std::string directory; ///< the container's own on the host
  const kernel::CgroupLayout& cgroups;
};

/// Turns a configuration into the steps that make it true. Touches nothing.
Result<Plan> make_plan(const Config& config, const PlanSurroundings& surroundings);

} // namespace vitrine::oci
