// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/host.h"

#include "userspace/base/unique_fd.h"

#include <charconv>
#include <ctime>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

namespace vitrine::tracer {
namespace {

std::uint64_t clock_ns(clockid_t clock) {
  timespec time = {};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint32_t own_namespace(const char* kind) {
  struct stat status = {};
  const std::string path = std::string("/proc/self/ns/") + kind;
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint32_t>(status.st_ino) : 0;
}

std::string first_line(const char* path) {
  const auto text = read_file_at(AT_FDCWD, path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

} // namespace

/// cgroups(7): "hierarchy-ID:controller-list:cgroup-path", a line each.
std::vector<events::CgroupHierarchy> cgroups_of(std::uint32_t pid) {
  std::vector<events::CgroupHierarchy> all;
  const auto text = read_file_at(AT_FDCWD, pid == 0 ? std::string("/proc/self/cgroup")
                                                    : fmt::format("/proc/{}/cgroup", pid));
  if (!text) return all;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    events::CgroupHierarchy hierarchy;
    std::from_chars(line.data(), line.data() + first, hierarchy.number);
    hierarchy.controllers = line.substr(first + 1, second - first - 1);
    hierarchy.path = line.substr(second + 1);
    all.push_back(std::move(hierarchy));
  }
  return all;
}

namespace {

/// As `stat -fc %T` tells the layouts apart (cgroups(7), systemd's own test).
std::string cgroup_mode() {
  struct statfs root = {};
  if (::statfs("/sys/fs/cgroup", &root) != 0) return {};
  if (root.f_type == CGROUP2_SUPER_MAGIC) return "v2";
  struct statfs unified = {};
  const bool hybrid =
      ::statfs("/sys/fs/cgroup/unified", &unified) == 0 && unified.f_type == CGROUP2_SUPER_MAGIC;
  return hybrid ? "hybrid" : "v1";
}

} // namespace

std::uint64_t boot_time_ns() {
  return clock_ns(CLOCK_BOOTTIME);
}

events::StreamStart describe_host() {
  events::StreamStart start;
  start.time_ns = boot_time_ns();
  start.realtime_ns = clock_ns(CLOCK_REALTIME);
  utsname names = {};
  if (::uname(&names) == 0) {
    start.hostname = names.nodename;
    start.kernel_release = names.release;
    start.architecture = names.machine;
  }
  start.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  start.cgroup_mode = cgroup_mode();
  start.hierarchies = cgroups_of(0);
  start.host_namespaces = {
      .mnt = own_namespace("mnt"),
      .uts = own_namespace("uts"),
      .ipc = own_namespace("ipc"),
      .net = own_namespace("net"),
      .pid = own_namespace("pid_for_children"),
      .cgroup = own_namespace("cgroup"),
      .time = own_namespace("time_for_children"),
      .user = own_namespace("user"),
  };
  return start;
}

} // namespace vitrine::tracer
