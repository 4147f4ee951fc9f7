// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/cgroup.h"
#include "userspace/objects/snapshot.h"
#include "userspace/sources/cgroups/hierarchies.h"
#include "userspace/sources/cgroups/kept_files.h"

#include <string>
#include <vector>

namespace vitrine::cgroups {

struct Readings {
  std::vector<objects::Cgroup> cgroups; ///< by identity; who is in them is for others to say
  std::vector<objects::SourceError> errors;
};

/// The cgroups of all hierarchies that are mounted here. Reading again is cheap, as files stay
/// open.
class Cgroups {
public:
  /// `root`: "" on a live system.
  static Result<Cgroups> open(const std::string& root = "");

  /// All that exist now. Of one that goes meanwhile, what was read is left out.
  [[nodiscard]] Readings read();

private:
  Cgroups(std::string root, std::vector<Hierarchy> hierarchies, std::size_t most_files)
      : root_(std::move(root)), hierarchies_(std::move(hierarchies)), files_(most_files) {}

  std::string root_;
  std::vector<Hierarchy> hierarchies_;
  KeptFiles files_;
};

} // namespace vitrine::cgroups
