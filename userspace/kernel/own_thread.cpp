// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/own_thread.h"

#include <cerrno>
#include <system_error>
#include <thread>

#include <sched.h>

namespace vitrine::kernel {

Result<void> in_own_thread(const std::function<void()>& action) {
  int refused = 0;
  const auto body = [&] {
    // setns(2): no mount namespace for who shares root and working directory with others.
    if (::unshare(CLONE_FS) != 0)
      refused = errno;
    else
      action();
  };
  try {
    std::thread(body).join();
  } catch (const std::system_error& error) {
    return os_error(error.code().value(), "start a thread");
  }
  if (refused != 0) return os_error(refused, "unshare(CLONE_FS) in a thread");
  return {};
}

} // namespace vitrine::kernel
