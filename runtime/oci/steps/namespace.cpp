// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/namespace.h"

#include "userspace/base/unique_fd.h"

#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

std::string map_text(const std::vector<IdMapping>& mappings) {
  std::string text;
  for (const IdMapping& mapping : mappings)
    fmt::format_to(std::back_inserter(text), "{} {} {}\n", mapping.container_id, mapping.host_id,
                   mapping.size);
  return text;
}

} // namespace

Result<void> write_id_maps(pid_t child, const std::vector<IdMapping>& uids,
                           const std::vector<IdMapping>& gids) {
  const auto directory = open_at(AT_FDCWD, fmt::format("/proc/{}", child), O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  const int proc = directory->get();
  if (::geteuid() != 0) {
    // Without privilege, gid_map may only be written once setgroups(2) is out of reach
    // (CVE-2014-8989).
    if (auto done = write_file_at(proc, "setgroups", "deny"); !done) return done;
  }
  if (auto done = write_file_at(proc, "uid_map", map_text(uids)); !done)
    return with_hint(tl::unexpected(std::move(done).error()),
                     "root may map any range; others only their own id, one to one");
  return write_file_at(proc, "gid_map", map_text(gids));
}

Outcome become_namespace_root(bool may_set_groups) noexcept {
  if (may_set_groups && ::setgroups(0, nullptr) < 0) return refused("setgroups");
  if (::setresgid(0, 0, 0) < 0) return refused("setresgid");
  if (::setresuid(0, 0, 0) < 0) return refused("setresuid");
  return {};
}

Outcome make_cgroup_namespace() noexcept {
  return ::unshare(CLONE_NEWCGROUP) < 0 ? refused("unshare") : Outcome{};
}

Outcome join_session_keyring(const char* name) noexcept {
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0) return {};
  return errno == ENOSYS ? Outcome{} : refused("keyctl"); // ENOSYS: a kernel without keys
}

Outcome set_host_name(const std::string& name) noexcept {
  return ::sethostname(name.data(), name.size()) < 0 ? refused("sethostname") : Outcome{};
}

Outcome set_domain_name(const std::string& name) noexcept {
  return ::setdomainname(name.data(), name.size()) < 0 ? refused("setdomainname") : Outcome{};
}

Outcome bring_up_loopback() noexcept {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return refused("socket");
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", sizeof "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) < 0 ? refused("SIOCSIFFLAGS") : Outcome{};
}

} // namespace vitrine::oci
