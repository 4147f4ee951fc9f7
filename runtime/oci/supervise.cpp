// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/supervise.h"

#include "runtime/oci/terminal_relay.h"

#include <csignal>

#include <poll.h>
#include <sys/wait.h>

namespace vitrine::oci {
namespace {

void handle_signals(SignalForwarder& signals, const ProcessHandle& process,
                    std::optional<TerminalRelay>& relay) {
  while (const auto signal = signals.take()) {
    if (*signal == SIGWINCH && relay)
      relay->copy_window_size(); // the kernel tells the container's own terminal group
    else
      signals.forward(*signal, process);
  }
}

int exit_status(int wait_status, const SignalForwarder& signals) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  const int signal = WTERMSIG(wait_status);
  return 128 + (signal == SIGKILL ? signals.killed_for().value_or(signal) : signal);
}

} // namespace

Result<int> supervise(const InitProcess& init, UniqueFd terminal, SignalForwarder& signals) {
  const ProcessHandle process{init.pid, init.pidfd.get()};
  std::optional<TerminalRelay> relay;
  if (terminal.valid()) relay.emplace(std::move(terminal));
  for (;;) {
    std::array<pollfd, 4> waits = {pollfd{init.pidfd.get(), POLLIN, 0},
                                   pollfd{signals.descriptor(), POLLIN, 0}, pollfd{-1, 0, 0},
                                   pollfd{-1, 0, 0}};
    if (relay) {
      const auto wanted = relay->wanted();
      waits[2] = wanted[0];
      waits[3] = wanted[1];
    }
    const int timeout = signals.enforce_deadline(process);
    if (::poll(waits.data(), waits.size(), timeout) < 0 && errno != EINTR)
      return os_error(errno, "poll");
    if (waits[1].revents != 0) handle_signals(signals, process, relay);
    if (relay)
      if (const auto signal = relay->move({waits[2], waits[3]}, process))
        signals.forward(*signal, process);
    if (waits[0].revents != 0) break;
  }
  if (relay) relay->drain();
  const auto status = wait_for(init);
  if (!status) return tl::unexpected(status.error());
  return exit_status(*status, signals);
}

} // namespace vitrine::oci
