// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/read_all.h"

#include <array>
#include <cerrno>

#include <unistd.h>

namespace vitrine {

Result<std::string> read_all(int fd, std::string_view name, std::size_t limit) {
  std::string text;
  std::array<char, 16384> block;
  for (;;) {
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return os_error(errno, "read {}", name);
    }
    if (count == 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > limit)
      return failure("read {}: larger than {} bytes", name, limit);
    text.append(block.data(), static_cast<std::size_t>(count));
  }
}

} // namespace vitrine
