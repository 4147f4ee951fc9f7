// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"
#include "userspace/kernel/cgroup_layout.h"

#include <string>
#include <vector>

#include <sys/types.h>

namespace vitrine::oci {

/// One value to write into a control file of a cgroup.
struct CgroupSetting {
  std::string file;
  std::string value;
};

/// The container's cgroup in one hierarchy.
struct CgroupDirectory {
  std::string mount_point;
  std::string path; ///< below the mount point, begins with "/"
  bool v2 = false;
  std::vector<std::string> controllers; ///< v2: to be enabled for it on the way down
  std::vector<CgroupSetting> settings;
  std::vector<DeviceRule> device_rules; ///< v2: enforced by a program; v1 has settings for them
};

/// Which directories and values `config` needs on this host. With v2 or hybrid mounts the first one
/// is v2's. The error names a limit whose controller the host does not offer.
Result<std::vector<CgroupDirectory>> plan_cgroups(const Config& config, const std::string& path,
                                                  const kernel::CgroupLayout& layout);

/// Whether the configuration would be broken without this cgroup.
[[nodiscard]] bool is_needed(const CgroupDirectory& cgroup);

/// Makes the directory, with the missing ones above it, and writes its settings.
Result<void> make_cgroup(const CgroupDirectory& cgroup);

/// v1 and kernels without CLONE_INTO_CGROUP: moves a process.
Result<void> move_to_cgroup(const CgroupDirectory& cgroup, pid_t process);

/// Opens the directory for CLONE_INTO_CGROUP.
Result<UniqueFd> open_cgroup(const CgroupDirectory& cgroup);

/// Kills what still runs in the cgroup and those below, removes them, then the directories above
/// that are empty. An absent cgroup is no error.
Result<void> remove_cgroup(const std::string& mount_point, const std::string& path);

/// How often the kernel killed for lack of memory in it; 0 when it does not say.
[[nodiscard]] std::uint64_t out_of_memory_kills(const CgroupDirectory& cgroup);

} // namespace vitrine::oci
