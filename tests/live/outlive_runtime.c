/* SPDX-License-Identifier: Apache-2.0 */
/* In a container: takes back that it dies with its runtime, says so, and waits. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
  if (prctl(PR_SET_PDEATHSIG, 0) < 0) return 1;
  puts("set");
  fflush(stdout);
  sleep(100);
  return 0;
}
