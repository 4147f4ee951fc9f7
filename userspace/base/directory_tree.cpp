// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/directory_tree.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <cerrno>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine {
namespace {

/// Names first, removal second: readdir(3) of a directory that changes may skip entries.
Result<std::vector<std::string>> entries_of(int directory) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return os_error(errno, "open directory");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(stream);
  return names;
}

Result<void> remove_entry(int parent, const std::string& name, dev_t device);

Result<void> remove_contents(int directory, dev_t device) {
  const auto names = entries_of(directory);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names)
    if (auto done = remove_entry(directory, name, device); !done)
      return context(std::move(done).error(), "{}", escape_text(name));
  return {};
}

Result<void> remove_entry(int parent, const std::string& name, dev_t device) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return os_error(errno, "unlink");
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0) return {};
  if (errno != ENOTEMPTY && errno != EEXIST) return os_error(errno, "rmdir");
  auto directory = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory && directory.error().code == EACCES &&
      ::fchmodat(parent, name.c_str(), 0700, 0) == 0)
    directory = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return tl::unexpected(directory.error());
  struct stat info {};
  if (::fstat(directory->get(), &info) < 0) return os_error(errno, "fstat");
  if (info.st_dev != device) return os_error(EXDEV, "descend into another file system");
  if (auto done = remove_contents(directory->get(), device); !done) return done;
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) < 0) return os_error(errno, "rmdir");
  return {};
}

} // namespace

Result<void> make_directories(const std::string& path, unsigned mode) {
  for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string prefix = path.substr(0, slash);
    // EEXIST may be a file: whoever opens the directory will see.
    if (::mkdir(prefix.c_str(), mode) < 0 && errno != EEXIST)
      return os_error(errno, "mkdir {}", escape_text(prefix));
    if (slash == std::string::npos) return {};
  }
}

Result<void> remove_tree(int parent, const std::string& name) {
  struct stat info {};
  if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) {
    if (errno == ENOENT) return {};
    return os_error(errno, "stat {}", escape_text(name));
  }
  if (auto done = remove_entry(parent, name, info.st_dev); !done)
    return context(std::move(done).error(), "remove {}", escape_text(name));
  return {};
}

} // namespace vitrine
