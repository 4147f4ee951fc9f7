// SPDX-License-Identifier: Apache-2.0
/// Prints what the cheapest system call costs in nanoseconds: the least of ROUNDS means.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  constexpr int kCalls = 20000;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 50;
  double least = 1e9;
  for (int round = 0; round < rounds; round++) {
    timespec begin = {}, end = {};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < kCalls; i++)
      syscall(SYS_getppid);
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double spent = static_cast<double>(end.tv_sec - begin.tv_sec) * 1e9 +
                         static_cast<double>(end.tv_nsec - begin.tv_nsec);
    least = std::min(least, spent / kCalls);
  }
  std::printf("%.1f\n", least);
}
