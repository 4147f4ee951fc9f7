// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/task_mounts.h"

#include "userspace/kernel/nsfs.h"
#include "userspace/kernel/own_thread.h"
#include "userspace/sources/mounts/mount_namespace.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace vitrine::mounts {
namespace {

constexpr std::size_t kLongestMountinfo = std::size_t{64} << 20; ///< 100,000 mounts and more

bool lives_in(const Task& task) {
  return link_of(task.directory + "/ns/mnt") ==
         to_text(objects::NamespaceId{objects::NamespaceKind::mnt, task.mount_namespace});
}

/// Runs `action`, which gives a Result, in a thread that is in the mount namespace of `file`.
template<class T, class Action>
Result<T> inside(int file, Action&& action) {
  Result<T> result = failure("nothing was done");
  const auto ran = kernel::in_own_thread([&] {
    if (::setns(file, CLONE_NEWNS) == 0)
      result = action();
    else
      result = os_error(errno, "setns to a mount namespace");
  });
  if (!ran) return tl::unexpected(ran.error());
  return result;
}

} // namespace

std::string link_of(const std::string& path) {
  std::array<char, 4096> text = {};
  const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
  return {text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

bool sees_all(const Task& task) {
  return lives_in(task) && link_of(task.directory + "/root") == "/";
}

Result<std::vector<objects::Mount>> read_of_task(const Task& task) {
  const auto text = read_file_at(AT_FDCWD, task.directory + "/mountinfo", kLongestMountinfo);
  if (!text) return tl::unexpected(text.error());
  if (!lives_in(task)) return os_error(ESRCH, "{} left its mount namespace", task.directory);
  return mounts_of(task.mount_namespace, *text);
}

Result<std::vector<objects::Mount>> read_inside(int file, std::uint32_t mount_namespace,
                                                const std::string& proc) {
  const auto directory = open_at(AT_FDCWD, proc, O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  const auto text = inside<std::string>(file, [&] {
    return read_file_at(directory->get(), "thread-self/mountinfo", kLongestMountinfo);
  });
  if (!text) return tl::unexpected(text.error());
  return mounts_of(mount_namespace, *text);
}

Result<UniqueFd> open_inside(int file, const std::string& path, std::uint32_t wanted) {
  return inside<UniqueFd>(file, [&] { return kernel::open_namespace_file(path, wanted); });
}

} // namespace vitrine::mounts
