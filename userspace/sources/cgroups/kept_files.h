// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::cgroups {

/// Files of cgroups that stay open from one reading to the next: reading again then costs a third.
/// Those that find no room are opened each time.
class KeptFiles {
public:
  /// `most`: descriptors that may stay open.
  explicit KeptFiles(std::size_t most) : most_(most) {}

  /// The text of file number `index` of a cgroup, `name` in `directory`. Nothing when the cgroup
  /// has no such file, or has gone. Valid until the next call.
  std::optional<std::string_view> read(const objects::CgroupId& cgroup, std::size_t index,
                                       int directory, std::string_view name);

  /// Closes the files of the cgroups that were not read since the last call.
  void forget_others();

private:
  struct Cgroup {
    std::vector<UniqueFd> files;
    std::vector<bool> absent; ///< files that it does not have
    bool read = false;
  };
  std::optional<std::string_view> read_fd(int fd);

  std::size_t most_;
  std::size_t open_ = 0;
  std::map<objects::CgroupId, Cgroup> cgroups_;
  std::string text_;
};

} // namespace vitrine::cgroups
