// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/signals.h"
#include "userspace/base/unique_fd.h"

#include <array>
#include <optional>
#include <string>

#include <poll.h>
#include <termios.h>

namespace vitrine::oci {

/// Carries bytes between our stdin and stdout and the container's terminal. While it lives, our
/// terminal, if stdin is one, is in raw mode: the container's own does all editing.
class TerminalRelay {
public:
  explicit TerminalRelay(UniqueFd terminal);
  TerminalRelay(const TerminalRelay&) = delete;
  TerminalRelay& operator=(const TerminalRelay&) = delete;
  TerminalRelay(TerminalRelay&&) = delete;
  TerminalRelay& operator=(TerminalRelay&&) = delete;
  ~TerminalRelay();

  /// What to wait for: our stdin, the container's terminal.
  [[nodiscard]] std::array<pollfd, 2> wanted() const;
  /// Moves what is ready. A signal: the user typed its key, and the container's first process,
  /// which has the terminal, leaves it to the default (see SignalForwarder).
  std::optional<int> move(const std::array<pollfd, 2>& ready, const ProcessHandle& process);
  /// Writes out what the container has written before it ended.
  void drain();
  /// Gives the container's terminal the size of ours.
  void copy_window_size();

private:
  std::optional<int> read_input(const ProcessHandle& process);
  void write_input();
  bool read_output();
  [[nodiscard]] std::optional<int> signal_key(std::string_view typed,
                                              const ProcessHandle& process) const;

  UniqueFd terminal_;
  std::optional<termios> saved_; ///< our terminal as it was
  std::string pending_;          ///< typed, not yet taken by the container
  bool input_open_ = true;
  bool output_open_ = true;
};

} // namespace vitrine::oci
