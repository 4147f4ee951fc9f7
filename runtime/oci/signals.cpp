// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/signals.h"

#include <charconv>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr std::int64_t kGrace = 10'000; // milliseconds after SIGTERM, as `docker stop`
constexpr std::int64_t kImpatience = 3'000;

/// Job control stops and continues this process itself; a fault is its own.
constexpr int kForwarded[] = {SIGHUP,  SIGINT,   SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
                              SIGALRM, SIGWINCH, SIGURG,  SIGIO,   SIGPWR};

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

bool ends_a_program(int signal) {
  return signal != SIGWINCH && signal != SIGURG;
}

/// The signal set after `key` in /proc/PID/status, bit N-1 for signal N.
std::uint64_t signal_set(std::string_view status, std::string_view key) {
  const auto at = status.find(key);
  std::uint64_t set = 0;
  if (at == std::string_view::npos) return set;
  const char* digits = status.data() + at + key.size();
  std::from_chars(digits, status.data() + status.size(), set, 16);
  return set;
}

void send(const ProcessHandle& process, int signal) {
  ::syscall(SYS_pidfd_send_signal, process.pidfd, signal, nullptr, 0);
}

} // namespace

Disposition signal_disposition(pid_t pid, int signal) {
  const auto status = read_file_at(AT_FDCWD, fmt::format("/proc/{}/status", pid));
  if (!status) return Disposition::Default;
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  if ((signal_set(*status, "\nSigCgt:\t") & bit) != 0) return Disposition::Caught;
  return (signal_set(*status, "\nSigIgn:\t") & bit) != 0 ? Disposition::Ignored
                                                         : Disposition::Default;
}

Result<SignalForwarder> SignalForwarder::make() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kForwarded)
    ::sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) < 0) return os_error(errno, "sigprocmask");
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr); // a reader of ours that went away is an error like others
  UniqueFd descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.valid()) return os_error(errno, "signalfd");
  return SignalForwarder(std::move(descriptor));
}

std::optional<int> SignalForwarder::take() const {
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

bool SignalForwarder::is_impatient(int signal) {
  if (signal != SIGINT && signal != SIGTERM) return false;
  requests_[0] = requests_[1];
  requests_[1] = requests_[2];
  requests_[2] = now();
  return requests_[0] != 0 && requests_[2] - requests_[0] < kImpatience;
}

void SignalForwarder::forward(int signal, const ProcessHandle& process) {
  const Disposition disposition = signal_disposition(process.pid, signal);
  if (is_impatient(signal)) return send(process, SIGKILL);
  if (signal == SIGTERM && deadline_ == 0) deadline_ = now() + kGrace;
  if (disposition != Disposition::Default) return send(process, signal);
  if (!ends_a_program(signal)) return;
  killed_for_ = signal;
  send(process, SIGKILL);
}

int SignalForwarder::enforce_deadline(const ProcessHandle& process) {
  if (deadline_ == 0) return -1;
  const std::int64_t left = deadline_ - now();
  if (left > 0) return static_cast<int>(left);
  deadline_ = 0;
  send(process, SIGKILL);
  return -1;
}

} // namespace vitrine::oci
