// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/visit.h"

#include <cerrno>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

namespace vitrine::networks {
namespace {

bool is_own(int namespace_fd) {
  struct stat own = {};
  struct stat other = {};
  return ::stat("/proc/thread-self/ns/net", &own) == 0 && ::fstat(namespace_fd, &other) == 0 &&
         own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

} // namespace

Result<void> visit(int namespace_fd, const std::function<Result<void>()>& inside) {
  Result<void> result;
  const auto run = [&] {
    if (!is_own(namespace_fd) && ::setns(namespace_fd, CLONE_NEWNET) != 0)
      result = os_error(errno, "enter a network namespace");
    else
      result = inside();
  };
  try {
    std::thread(run).join();
  } catch (const std::system_error& refused) {
    return os_error(refused.code().value(), "start a thread for a network namespace");
  }
  return result;
}

} // namespace vitrine::networks
