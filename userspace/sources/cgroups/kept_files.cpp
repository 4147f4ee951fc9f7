// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/cgroups/kept_files.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine::cgroups {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kMost = std::size_t{1} << 20;

} // namespace

std::optional<std::string_view> KeptFiles::read_fd(int fd) {
  std::size_t used = 0;
  for (;;) {
    if (text_.size() < used + kBlock) text_.resize(used + kBlock);
    const ssize_t count =
        ::pread(fd, text_.data() + used, text_.size() - used, static_cast<off_t>(used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || used > kMost) return std::nullopt; // ENODEV: the cgroup has gone
    if (count == 0) return std::string_view(text_).substr(0, used);
    used += static_cast<std::size_t>(count);
  }
}

std::optional<std::string_view> KeptFiles::read(const objects::CgroupId& cgroup, std::size_t index,
                                                int directory, std::string_view name) {
  Cgroup& kept = cgroups_[cgroup];
  kept.read = true;
  if (kept.files.size() <= index) {
    kept.files.resize(index + 1);
    kept.absent.resize(index + 1);
  }
  if (kept.absent[index]) return std::nullopt;
  UniqueFd& file = kept.files[index];
  if (file.valid()) return read_fd(file.get());
  UniqueFd opened(::openat(directory, std::string(name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.valid()) {
    kept.absent[index] = errno == ENOENT;
    return std::nullopt;
  }
  const auto text = read_fd(opened.get());
  if (text && open_ < most_) {
    file = std::move(opened);
    ++open_;
  }
  return text;
}

void KeptFiles::forget_others() {
  for (auto entry = cgroups_.begin(); entry != cgroups_.end();) {
    Cgroup& kept = entry->second;
    if (std::exchange(kept.read, false)) {
      ++entry;
      continue;
    }
    for (const UniqueFd& file : kept.files)
      open_ -= file.valid() ? 1 : 0;
    entry = cgroups_.erase(entry);
  }
}

} // namespace vitrine::cgroups
