// SPDX-License-Identifier: Apache-2.0
/// sleepers COUNT UNSHARED: COUNT processes that sleep, UNSHARED of them each in five namespaces of
/// their own. Says "ready", and ends them all when its standard input ends.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kOwn = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;

[[noreturn]] void sleep_well(bool unshared, int ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (unshared && unshare(kOwn) != 0) std::perror("unshare");
  close(ready);
  for (;;)
    pause();
}

} // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 0;
  const int unshared = argc > 2 ? std::atoi(argv[2]) : 0;
  int ready[2] = {-1, -1};
  if (pipe(ready) != 0) return 1;
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child < 0) {
      std::perror("fork");
      break;
    }
    if (child == 0) {
      close(ready[0]);
      sleep_well(i < unshared, ready[1]);
    }
    children.push_back(child);
  }
  close(ready[1]);
  char byte = 0;
  while (read(ready[0], &byte, 1) > 0) {
  } // until the last one has closed its end
  std::puts("ready");
  std::fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  for (const pid_t child : children)
    kill(child, SIGKILL);
  for (const pid_t child : children)
    waitpid(child, nullptr, 0);
}
