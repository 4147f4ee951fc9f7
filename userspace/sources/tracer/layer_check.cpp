// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/layer_check.h"

#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace vitrine::tracer {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kDepth = 128; // descriptors that are open at once

struct DirectoryDeleter {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryDeleter>;

class Walk {
public:
  Walk(std::uint64_t since_ns, std::chrono::steady_clock::time_point deadline)
      : since_ns_(since_ns), deadline_(deadline) {}

  LayerCheck run(UniqueFd top) {
    struct stat status = {};
    if (!top.valid() || ::fstat(top.get(), &status) != 0) return check_;
    device_ = status.st_dev;
    check_.complete = true;
    note(status, "/");
    enter(top.release(), "/");
    while (!levels_.empty() && check_.complete)
      step();
    return check_;
  }

private:
  struct Level {
    Directory directory;
    std::string path; // with a final slash
  };

  void enter(int fd, std::string path) {
    DIR* directory = ::fdopendir(fd);
    if (directory == nullptr) {
      ::close(fd);
      check_.complete = false;
      return;
    }
    levels_.push_back({Directory(directory), std::move(path)});
  }

  void note(const struct stat& status, const std::string& path) {
    const std::uint64_t changed = static_cast<std::uint64_t>(status.st_ctim.tv_sec) * kSecond +
                                  static_cast<std::uint64_t>(status.st_ctim.tv_nsec);
    ++check_.files;
    check_.newest_ns = std::max(check_.newest_ns, changed);
    if (changed < since_ns_) return;
    if (check_.changed++ == 0) check_.changed_path = path;
  }

  void step() {
    DIR* directory = levels_.back().directory.get();
    const dirent* entry = ::readdir(directory);
    if (entry == nullptr) {
      levels_.pop_back();
      return;
    }
    const std::string name = entry->d_name;
    if (name == "." || name == "..") return;
    struct stat status = {};
    if (::fstatat(::dirfd(directory), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (status.st_dev != device_) return;
    const std::string path = levels_.back().path + name;
    note(status, path);
    if (check_.files % 64 == 0 && std::chrono::steady_clock::now() >= deadline_)
      check_.complete = false;
    if (!S_ISDIR(status.st_mode)) return;
    const int fd = levels_.size() < kDepth
                       ? ::openat(::dirfd(directory), name.c_str(),
                                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                       : -1;
    if (fd >= 0)
      enter(fd, path + "/");
    else
      check_.complete = false;
  }

  std::uint64_t since_ns_;
  std::chrono::steady_clock::time_point deadline_;
  dev_t device_ = 0;
  std::vector<Level> levels_;
  LayerCheck check_;
};

} // namespace

LayerCheck check_layer(UniqueFd directory, std::uint64_t since_ns,
                       std::chrono::steady_clock::time_point deadline) {
  return Walk(since_ns, deadline).run(std::move(directory));
}

} // namespace vitrine::tracer
