// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/exec.h"

#include <climits>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

/// execve(2) says ENOENT for a missing interpreter as well: that file is there, so no other
/// candidate may run in its place.
bool is_not_here(const char* path, int error) noexcept {
  if (error == ENOTDIR) return true;
  struct stat info {};
  return error == ENOENT && ::stat(path, &info) < 0;
}

} // namespace

Outcome close_descriptors_on_exec() noexcept {
  return ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? refused("close_range")
                                                                      : Outcome{};
}

Outcome enter_directory(const char* path) noexcept {
  if (::chdir(path) < 0) return refused("chdir");
  char buffer[PATH_MAX];
  if (::syscall(SYS_getcwd, buffer, sizeof buffer) < 0) return refused("getcwd");
  errno = EXDEV;
  return buffer[0] == '/' ? Outcome{} : refused("getcwd"); // "(unreachable)…" is outside
}

Outcome execute(const Plan& plan) noexcept {
  Outcome blame{"execve", ENOENT, 0};
  for (std::uint32_t i = 0; i < plan.executables.size(); ++i) {
    const char* path = plan.executables[i].c_str();
    ::execve(path, plan.argv.data(), plan.envp.data());
    const Outcome outcome = refused("execve", i);
    if (is_not_here(path, outcome.error)) continue;
    if (outcome.error != EACCES) return outcome;
    blame = outcome; // as a shell: a later directory may still have one that runs
  }
  return blame;
}

} // namespace vitrine::oci
