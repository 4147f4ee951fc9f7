// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/terminal_relay.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr std::size_t kBlock = 16384;

bool is_temporary(int error) {
  return error == EAGAIN || error == EINTR;
}

/// Our stdout may be slow but is waited for; when it is gone, the bytes are, too.
bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EAGAIN) {
      pollfd writable{descriptor, POLLOUT, 0};
      ::poll(&writable, 1, -1);
      continue;
    }
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

} // namespace

TerminalRelay::TerminalRelay(UniqueFd terminal) : terminal_(std::move(terminal)) {
  ::fcntl(terminal_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  termios mode{};
  if (::tcgetattr(STDIN_FILENO, &mode) < 0) return;
  copy_window_size();
  saved_ = mode;
  ::cfmakeraw(&mode);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

TerminalRelay::~TerminalRelay() {
  if (saved_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*saved_);
}

void TerminalRelay::copy_window_size() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
}

std::array<pollfd, 2> TerminalRelay::wanted() const {
  const bool may_read = input_open_ && pending_.empty();
  short terminal = output_open_ ? POLLIN : 0;
  if (!pending_.empty()) terminal |= POLLOUT;
  return {pollfd{may_read ? STDIN_FILENO : -1, POLLIN, 0},
          pollfd{output_open_ ? terminal_.get() : -1, terminal, 0}};
}

std::optional<int> TerminalRelay::move(const std::array<pollfd, 2>& ready,
                                       const ProcessHandle& process) {
  std::optional<int> signal;
  if (ready[0].revents != 0) signal = read_input(process);
  if ((ready[1].revents & POLLOUT) != 0) write_input();
  if ((ready[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) output_open_ = read_output();
  return signal;
}

std::optional<int> TerminalRelay::read_input(const ProcessHandle& process) {
  char block[kBlock];
  const ssize_t count = ::read(STDIN_FILENO, block, sizeof block);
  if (count < 0 && is_temporary(errno)) return std::nullopt;
  if (count <= 0) {
    // A terminal has no end of file but the key for it.
    input_open_ = false;
    termios mode{};
    if (::tcgetattr(terminal_.get(), &mode) == 0)
      pending_.push_back(static_cast<char>(mode.c_cc[VEOF]));
    write_input();
    return std::nullopt;
  }
  pending_.assign(block, static_cast<std::size_t>(count));
  const auto signal = signal_key(pending_, process);
  write_input();
  return signal;
}

void TerminalRelay::write_input() {
  const ssize_t count = ::write(terminal_.get(), pending_.data(), pending_.size());
  if (count > 0) pending_.erase(0, static_cast<std::size_t>(count));
  if (count < 0 && !is_temporary(errno)) pending_.clear();
}

/// False when nobody has the container's side open any more.
bool TerminalRelay::read_output() {
  char block[kBlock];
  const ssize_t count = ::read(terminal_.get(), block, sizeof block);
  if (count < 0) return is_temporary(errno);
  return count > 0 && write_all(STDOUT_FILENO, {block, static_cast<std::size_t>(count)});
}

void TerminalRelay::drain() {
  pollfd readable{terminal_.get(), POLLIN, 0};
  while (output_open_ && ::poll(&readable, 1, 0) > 0)
    output_open_ = read_output();
}

std::optional<int> TerminalRelay::signal_key(std::string_view typed,
                                             const ProcessHandle& process) const {
  termios mode{};
  if (::tcgetattr(terminal_.get(), &mode) < 0 || (mode.c_lflag & ISIG) == 0) return std::nullopt;
  struct Key {
    cc_t character;
    int signal;
  };
  for (const Key key : {Key{mode.c_cc[VINTR], SIGINT}, Key{mode.c_cc[VQUIT], SIGQUIT}}) {
    if (key.character == _POSIX_VDISABLE) continue;
    if (typed.find(static_cast<char>(key.character)) == std::string_view::npos) continue;
    const bool has_terminal = ::tcgetpgrp(terminal_.get()) == ::getpgid(process.pid);
    if (has_terminal && signal_disposition(process.pid, key.signal) == Disposition::Default)
      return key.signal;
  }
  return std::nullopt;
}

} // namespace vitrine::oci
