// SPDX-License-Identifier: Apache-2.0
#include "userspace/inspector/host.h"

#include "userspace/base/unique_fd.h"
#include "userspace/kernel/cgroup_layout.h"

#include <fcntl.h>
#include <sys/utsname.h>

namespace vitrine::inspector {
namespace {

std::string first_line(const std::string& path) {
  const auto text = read_file_at(AT_FDCWD, path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

} // namespace

objects::Host read_host(const std::string& root) {
  objects::Host host;
  const std::string kernel = root + "/proc/sys/kernel/";
  host.hostname = first_line(kernel + "hostname");
  host.kernel = first_line(kernel + "osrelease");
  host.boot_id = first_line(kernel + "random/boot_id");
  utsname names = {};
  if (::uname(&names) == 0) host.arch = names.machine;
  if (const auto layout = kernel::read_cgroup_layout(root))
    host.cgroup_mode = kernel::cgroup_mode_name(layout->mode);
  return host;
}

} // namespace vitrine::inspector
