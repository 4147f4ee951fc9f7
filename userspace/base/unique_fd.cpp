// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/unique_fd.h"

#include "userspace/base/read_all.h"
#include "userspace/base/text_escape.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) {
    // close(2) releases the descriptor even when it fails: never try again.
    const int saved = errno;
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

Result<UniqueFd> open_at(int directory, const std::string& path, int flags, unsigned mode) {
  const int fd = ::openat(directory, path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return os_error(errno, "open {}", escape_text(path));
  return UniqueFd(fd);
}

Result<std::string> read_file_at(int directory, const std::string& path, std::size_t limit) {
  auto file = open_at(directory, path, O_RDONLY);
  if (!file) return tl::unexpected(std::move(file).error());
  return read_all(file->get(), escape_text(path), limit);
}

Result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      return os_error(errno, "write");
  }
  return {};
}

Result<void> write_file_at(int directory, const std::string& path, std::string_view text) {
  auto file = open_at(directory, path, O_WRONLY);
  if (!file) return tl::unexpected(std::move(file).error());
  ssize_t count = 0;
  do count = ::write(file->get(), text.data(), text.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return os_error(errno, "write \"{}\" to {}", escape_text(text), escape_text(path));
  if (static_cast<std::size_t>(count) != text.size())
    return failure("write \"{}\" to {}: only {} bytes taken", escape_text(text), escape_text(path),
                   count);
  return {};
}

} // namespace vitrine
