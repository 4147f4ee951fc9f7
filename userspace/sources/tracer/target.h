// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <string>
#include <vector>

#include <sys/types.h>

namespace vitrine::tracer {

/// The traced command: a child that waits until it may execute. Killed and reaped when this is
/// destroyed before it was waited for.
class Target {
public:
  /// Forks. `standard_output` is a borrowed descriptor for the command, or -1 for our own.
  static Result<Target> prepare(const std::vector<std::string>& command, int standard_output);
  Target(Target&& other) noexcept;
  Target& operator=(Target&&) = delete;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// A pidfd: readable when the command has ended.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Lets the command execute. An error is execvp(3)'s own.
  Result<void> start();
  /// Passes a signal on to the command; one that has ended already is no error.
  void signal(int number) const;
  /// Reaps the command; returns its exit status as a shell counts. Only after pidfd() is readable.
  int wait();

private:
  Target() = default;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd go_;     ///< one byte lets the child execute
  UniqueFd failed_; ///< the child's errno when it cannot, end of file when it can
  std::string name_;
};

} // namespace vitrine::tracer
