// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/mount.h"
#include "userspace/objects/process.h"
#include "userspace/objects/snapshot.h"

#include <span>
#include <string>
#include <vector>

namespace vitrine::mounts {

struct Options {
  std::string proc = "/proc"; ///< proc(5)'s mount point
  bool statmount = true; ///< use listmount(2) and statmount(2) where the kernel has all of them
};

struct Readings {
  std::vector<objects::Mount> mounts; ///< by identity
  std::vector<std::string> sources;   ///< "statmount", "/proc/PID/mountinfo", "setns"
  std::vector<objects::SourceError> errors;
};

/// All mounts of every mount namespace that the kernel lists (Linux 6.15), that one of `processes`
/// or of their threads lives in or has open, or that is mounted as a file in another one of these.
/// Those that exist but could not be reached are counted in errors. The Error: there is no proc(5).
Result<Readings> read(std::span<const objects::Process> processes, const Options& options);

} // namespace vitrine::mounts
