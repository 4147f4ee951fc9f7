// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>
#include <string_view>
#include <utility>

namespace vitrine {

/// Owns one file descriptor and closes it. A borrowed descriptor is a plain int.
class UniqueFd {
public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away; the caller must close it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes the present descriptor, keeps errno, takes over `fd`.
  void reset(int fd = -1) noexcept;

private:
  int fd_ = -1;
};

/// openat(2) with O_CLOEXEC added. `directory` is AT_FDCWD or a borrowed directory descriptor.
Result<UniqueFd> open_at(int directory, const std::string& path, int flags, unsigned mode = 0);

/// The whole file, at most `limit` bytes; a longer one is an error, not a cut.
Result<std::string> read_file_at(int directory, const std::string& path,
                                 std::size_t limit = std::size_t{16} << 20);

/// All of `text`, in as many write(2) as it takes. The error's words are left to the caller.
Result<void> write_all(int fd, std::string_view text);

/// One write(2) of `text` to an existing file, as cgroup and proc control files want it.
Result<void> write_file_at(int directory, const std::string& path, std::string_view text);

} // namespace vitrine
