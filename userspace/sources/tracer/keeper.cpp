// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/keeper.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

/// Closes every descriptor but `kept`, which is sorted.
void close_all_but(const std::vector<int>& kept) {
  unsigned from = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > from) ::close_range(from, number - 1, 0);
    from = number + 1;
  }
  ::close_range(from, ~0U, 0);
}

[[noreturn]] void keep(const std::vector<int>& sorted, int leash) {
  ::prctl(PR_SET_NAME, "vitrine-keeper");
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr); // Ctrl-C is for the others
  close_all_but(sorted);
  char byte = 0;
  while (::read(leash, &byte, 1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

} // namespace

Result<UniqueFd> start_keeper(std::vector<int> descriptors) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os_error(errno, "make the keeper's pipe");
  UniqueFd leash(ends[0]);
  UniqueFd ours(ends[1]);
  descriptors.push_back(leash.get());
  std::sort(descriptors.begin(), descriptors.end());
  const pid_t pid = ::fork();
  if (pid < 0) return os_error(errno, "fork the keeper of the probes");
  if (pid == 0) keep(descriptors, leash.get());
  return ours;
}

} // namespace vitrine::tracer
