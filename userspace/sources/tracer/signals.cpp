// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/signals.h"

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace vitrine::tracer {

Result<Signals> Signals::block() {
  Signals signals;
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP})
    sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, &signals.before_);
  signals.fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.fd_.valid()) return os_error(errno, "watch for signals");
  signals.armed_ = true;
  return signals;
}

Signals::Signals(Signals&& other) noexcept
    : fd_(std::move(other.fd_)),
      before_(other.before_),
      armed_(std::exchange(other.armed_, false)) {}

Signals::~Signals() {
  if (armed_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void Signals::read(const std::function<void(const signalfd_siginfo&)>& handle) const {
  signalfd_siginfo info = {};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info)
    handle(info);
}

} // namespace vitrine::tracer
