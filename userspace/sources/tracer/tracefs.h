// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>

namespace vitrine::tracer {

/// The kernel's tracing file system, mounted for this process alone: a detached mount (fsmount(2))
/// that no path leads to and that ends with its descriptor.
class Tracefs {
public:
  static Result<Tracefs> open();

  /// The number of a tracepoint such as "syscalls/sys_enter_mount", or nothing when this kernel has
  /// no such tracepoint.
  [[nodiscard]] std::optional<std::uint64_t> tracepoint_id(const std::string& name) const;

private:
  explicit Tracefs(UniqueFd root) : root_(std::move(root)) {}
  UniqueFd root_;
};

} // namespace vitrine::tracer
