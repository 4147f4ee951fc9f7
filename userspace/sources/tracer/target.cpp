// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/target.h"

#include "userspace/base/text_escape.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

constexpr int kCannotExecute = 127; // never seen: the errno goes through the pipe

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(errno, "make a pipe to the command");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

ssize_t read_whole(int fd, void* out, std::size_t size) {
  ssize_t count = 0;
  do
    count = ::read(fd, out, size);
  while (count < 0 && errno == EINTR);
  return count;
}

/// The child's side: system calls only, as other threads' locks may be held forever here.
[[noreturn]] void execute_when_told(char* const* argv, int go, int failed, int standard_output) {
  char byte = 0;
  if (read_whole(go, &byte, 1) != 1) ::_exit(kCannotExecute); // the tracer is gone
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (standard_output >= 0) ::dup2(standard_output, STDOUT_FILENO);
  ::execvp(argv[0], argv);
  const int code = errno;
  const ssize_t told = ::write(failed, &code, sizeof code);
  ::_exit(told == sizeof code ? kCannotExecute : kCannotExecute - 1);
}

} // namespace

Result<Target> Target::prepare(const std::vector<std::string>& command, int standard_output) {
  auto go = make_pipe();
  if (!go) return tl::unexpected(std::move(go).error());
  auto failed = make_pipe();
  if (!failed) return tl::unexpected(std::move(failed).error());
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  Target target;
  target.name_ = command.front();
  target.pid_ = ::fork();
  if (target.pid_ < 0) return os_error(errno, "fork the command");
  if (target.pid_ == 0) {
    go->write.reset();
    execute_when_told(argv.data(), go->read.get(), failed->write.get(), standard_output);
  }
  target.go_ = std::move(go->write);
  target.failed_ = std::move(failed->read);
  target.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, target.pid_, 0)));
  if (!target.pidfd_.valid()) return os_error(errno, "open a pidfd of the command");
  return target;
}

Target::Target(Target&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      go_(std::move(other.go_)),
      failed_(std::move(other.failed_)),
      name_(std::move(other.name_)) {}

Target::~Target() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<void> Target::start() {
  const char byte = 1;
  if (::write(go_.get(), &byte, 1) != 1) return os_error(errno, "start the command");
  int code = 0;
  if (read_whole(failed_.get(), &code, sizeof code) == sizeof code)
    return os_error(code, "run {}", escape_text(name_));
  return {};
}

void Target::signal(int number) const {
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) != 0 && errno != ESRCH)
    ::kill(pid_, number);
}

int Target::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace vitrine::tracer
