// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <csignal>
#include <functional>

#include <sys/signalfd.h>

namespace vitrine::tracer {

/// Blocks the signals that must not end the tracer (SIGINT, SIGQUIT, SIGTERM, SIGHUP) and makes
/// them readable; restores the mask.
class Signals {
public:
  static Result<Signals> block();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Readable when a signal has come.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Hands over all that have come.
  void read(const std::function<void(const signalfd_siginfo&)>& handle) const;

private:
  Signals() = default;
  UniqueFd fd_;
  sigset_t before_ = {};
  bool armed_ = false;
};

} // namespace vitrine::tracer
