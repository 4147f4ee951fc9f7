// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"

#include <csignal>
#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace vitrine::oci {

/// A process that can be signalled without hitting a stranger who got its pid.
struct ProcessHandle {
  pid_t pid = 0;
  int pidfd = -1; ///< borrowed
};

/// What a process does about a signal, /proc/PID/status.
enum class Disposition { Default, Ignored, Caught };
[[nodiscard]] Disposition signal_disposition(pid_t pid, int signal);

/// Passes on the signals that this process gets to the container's first process.
///
/// That one is pid 1 of its namespace: signals it does not catch do nothing to it
/// (pid_namespaces(7)). So a signal that it neither catches nor ignores and that would end any
/// other program ends the container with SIGKILL, and counts as the signal asked for: `vitrine run
/// demo sleep 100` and Ctrl-C do what they do without a container. After SIGTERM the container has
/// ten seconds; the third SIGINT or SIGTERM within three seconds kills it.
class SignalForwarder {
public:
  /// Blocks the signals; they are still to be unblocked in a child.
  static Result<SignalForwarder> make();

  /// Readable when a signal has come.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// Takes one signal that has come; nothing when there is none.
  [[nodiscard]] std::optional<int> take() const;
  /// Does to the container what `signal` means.
  void forward(int signal, const ProcessHandle& process);
  /// Kills the container if its time after SIGTERM is over. Milliseconds until then, -1: no limit.
  [[nodiscard]] int enforce_deadline(const ProcessHandle& process);
  /// The signal for which the container was killed in its stead.
  [[nodiscard]] std::optional<int> killed_for() const { return killed_for_; }

private:
  explicit SignalForwarder(UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}
  [[nodiscard]] bool is_impatient(int signal);

  UniqueFd descriptor_;
  std::optional<int> killed_for_;
  std::int64_t deadline_ = 0;     ///< CLOCK_MONOTONIC milliseconds, 0: none
  std::int64_t requests_[3] = {}; ///< when the last SIGINTs and SIGTERMs came
};

} // namespace vitrine::oci
