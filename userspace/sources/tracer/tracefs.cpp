// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/tracefs.h"

#include <cerrno>
#include <charconv>

#include <sys/mount.h>

namespace vitrine::tracer {

Result<Tracefs> Tracefs::open() {
  UniqueFd context(::fsopen("tracefs", FSOPEN_CLOEXEC));
  if (!context.valid())
    return with_hint(os_error(errno, "open the kernel's tracing file system"),
                     "this kernel was built without CONFIG_FTRACE_SYSCALLS, or is locked down");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return os_error(errno, "create a private tracefs");
  UniqueFd root(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!root.valid()) return os_error(errno, "mount a private tracefs");
  return Tracefs(std::move(root));
}

std::optional<std::uint64_t> Tracefs::tracepoint_id(const std::string& name) const {
  const auto text = read_file_at(root_.get(), "events/" + name + "/id");
  if (!text) return std::nullopt;
  std::uint64_t id = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), id);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return id;
}

} // namespace vitrine::tracer
