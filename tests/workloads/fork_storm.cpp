// SPDX-License-Identifier: Apache-2.0
/// Makes children that execute this program again, on every processor, as fast as it can for a
/// number of seconds, and writes how many events that must have been: fork_storm SECONDS FILE
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

long new_process() {
  return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0);
}

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  _exit(1);
}

/// Returns how many children there were: each is one clone, one exec and one exit.
unsigned long storm(double seconds, char* program) {
  char leaf[] = "leaf";
  char* argv[] = {program, leaf, nullptr};
  char* nothing[] = {nullptr};
  unsigned long made = 0;
  for (const double end = now() + seconds; now() < end; made++) {
    const long pid = new_process();
    if (pid < 0) give_up("clone");
    if (pid == 0) {
      execve(program, argv, nothing);
      _exit(1);
    }
    int status = 0;
    if (waitpid(static_cast<pid_t>(pid), &status, 0) != pid || status != 0) give_up("child");
  }
  return made;
}

void stay_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(processor), &set);
  sched_setaffinity(0, sizeof set, &set); // best effort: a processor may be offline
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "leaf") == 0) return 0;
  if (argc != 3) return 2;
  const double seconds = std::strtod(argv[1], nullptr);
  const long workers = sysconf(_SC_NPROCESSORS_ONLN);
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) give_up("pipe");
  for (long worker = 0; worker < workers; worker++) {
    const long pid = new_process();
    if (pid < 0) give_up("clone");
    if (pid > 0) continue;
    stay_on(static_cast<int>(worker));
    const unsigned long made = storm(seconds, argv[0]);
    if (write(pipe_ends[1], &made, sizeof made) != sizeof made) give_up("pipe");
    _exit(0);
  }
  close(pipe_ends[1]);
  auto children = static_cast<unsigned long>(workers);
  unsigned long execs = 1; // our own
  unsigned long made = 0;
  while (read(pipe_ends[0], &made, sizeof made) == sizeof made) {
    children += made;
    execs += made;
  }
  while (wait(nullptr) > 0) {
  }
  std::FILE* file = std::fopen(argv[2], "w");
  if (file == nullptr) give_up(argv[2]);
  std::fprintf(file, "{\"process.clone\": %lu, \"process.exec\": %lu, \"process.exit\": %lu}\n",
               children, execs, children + 1);
  return std::fclose(file) == 0 ? 0 : 1;
}
