// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/in_root.h"

#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine {
namespace {

constexpr int kRenameRaces = 64; // openat2(2) asks for another try when ".." met a rename

void close_keeping_errno(int fd) noexcept {
  const int saved = errno;
  ::close(fd);
  errno = saved;
}

/// `path` without leading slashes, and "." for nothing.
const char* relative(const char* path) noexcept {
  while (*path == '/')
    ++path;
  return *path != '\0' ? path : ".";
}

int make_and_open(int parent, const char* name) noexcept {
  if (::mkdirat(parent, name, 0755) < 0 && errno != EEXIST) return -1;
  return ::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

} // namespace

int open_in_root(int root, const char* path, int flags, std::uint64_t resolve,
                 mode_t mode) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve;
  for (int attempt = 0; attempt < kRenameRaces; ++attempt) {
    const long fd = ::syscall(SYS_openat2, root, relative(path), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -1;
  }
  return -1;
}

int make_directory_in_root(int root, const char* path, std::uint64_t resolve) noexcept {
  const int existing = open_in_root(root, path, O_PATH | O_DIRECTORY, resolve);
  if (existing >= 0 || errno != ENOENT) return existing;

  const char* start = relative(path);
  if (std::strlen(start) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  // Every prefix is resolved anew from the root, so that a link on the way is followed as the
  // container would; only the missing rest is made, each part below the descriptor of the last.
  char prefix[PATH_MAX];
  int parent = ::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const char* name = start; parent >= 0 && *name != '\0';) {
    const char* end = ::strchrnul(name, '/');
    const auto length = static_cast<std::size_t>(end - start);
    std::memcpy(prefix, start, length);
    prefix[length] = '\0';
    int next = open_in_root(root, prefix, O_PATH | O_DIRECTORY, resolve);
    if (next < 0 && errno == ENOENT) next = make_and_open(parent, prefix + (name - start));
    close_keeping_errno(parent);
    parent = next;
    name = end;
    while (*name == '/')
      ++name;
  }
  return parent;
}

Parent open_parent_in_root(int root, const char* path, std::uint64_t resolve) noexcept {
  const char* start = relative(path);
  const char* slash = std::strrchr(start, '/');
  if (slash == nullptr) return {::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), start};
  const auto length = static_cast<std::size_t>(slash - start);
  if (length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return {};
  }
  char directory[PATH_MAX];
  std::memcpy(directory, start, length);
  directory[length] = '\0';
  return {make_directory_in_root(root, directory, resolve), slash + 1};
}

int make_file_in_root(int root, const char* path, std::uint64_t resolve) noexcept {
  const int existing = open_in_root(root, path, O_PATH, resolve);
  if (existing >= 0 || errno != ENOENT) return existing;
  const Parent parent = open_parent_in_root(root, path, resolve);
  if (parent.directory < 0) return -1;
  const int made = ::openat(parent.directory, parent.name,
                            O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
  if (made >= 0) ::close(made);
  const int file =
      made < 0 ? -1 : ::openat(parent.directory, parent.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  close_keeping_errno(parent.directory);
  return file;
}

} // namespace vitrine
