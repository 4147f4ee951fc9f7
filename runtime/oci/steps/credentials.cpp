// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/credentials.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

constexpr int kLastCapability = 63;

std::uint32_t low_half(std::uint64_t set) noexcept {
  return static_cast<std::uint32_t>(set);
}
std::uint32_t high_half(std::uint64_t set) noexcept {
  return static_cast<std::uint32_t>(set >> 32);
}

Outcome raise_ambient_set(std::uint64_t ambient) noexcept {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return refused("prctl(PR_CAP_AMBIENT)");
  for (int number = 0; number <= kLastCapability; ++number)
    if ((ambient >> number & 1) != 0 &&
        ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
      return refused("prctl(PR_CAP_AMBIENT)");
  return {};
}

} // namespace

Outcome limit_bounding_set(std::uint64_t bounding) noexcept {
  for (int number = 0; number <= kLastCapability; ++number) {
    if ((bounding >> number & 1) != 0 || ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) break; // past the last capability of this kernel
    return refused("prctl(PR_CAPBSET_DROP)");
  }
  return {};
}

Outcome become_user(const User& user, bool may_set_groups) noexcept {
  ::umask(user.umask);
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return refused("prctl(PR_SET_KEEPCAPS)");
  if (may_set_groups && ::setgroups(user.additional_gids.size(), user.additional_gids.data()) < 0)
    return refused("setgroups");
  if (::setresgid(user.gid, user.gid, user.gid) < 0) return refused("setresgid");
  if (::setresuid(user.uid, user.uid, user.uid) < 0) return refused("setresuid");
  return {};
}

Outcome set_capabilities(const Capabilities& capabilities) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct data[2] = {
      {low_half(capabilities.effective), low_half(capabilities.permitted),
       low_half(capabilities.inheritable)},
      {high_half(capabilities.effective), high_half(capabilities.permitted),
       high_half(capabilities.inheritable)}};
  if (::syscall(SYS_capset, &header, data) < 0) return refused("capset");
  // Others the kernel refuses (capabilities(7)); configurations in use name them all the same.
  return raise_ambient_set(capabilities.ambient & capabilities.inheritable &
                           capabilities.permitted);
}

Outcome forbid_new_privileges() noexcept {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? refused("prctl(PR_SET_NO_NEW_PRIVS)")
                                                      : Outcome{};
}

} // namespace vitrine::oci
