// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_files.h"

#include "userspace/base/in_root.h"

#include <string_view>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace vitrine::tracer {
namespace {

bool is_whiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

/// Whether overlay has put the attribute on the file, in either of its two name spaces: "user." is
/// for mounts without privilege. `fd` may be O_PATH.
bool has_attribute(int fd, std::string_view name, std::string_view value = {}) {
  const std::string file = fmt::format("/proc/self/fd/{}", fd);
  for (const std::string_view space : {"trusted.overlay.", "user.overlay."}) {
    char found[8] = {};
    const std::string attribute = std::string(space) + std::string(name);
    const ssize_t size = ::getxattr(file.c_str(), attribute.c_str(), nullptr, 0);
    if (size < 0) continue;
    if (value.empty()) return true;
    const ssize_t count = ::getxattr(file.c_str(), attribute.c_str(), found, sizeof found);
    if (count > 0 && std::string_view(found, static_cast<std::size_t>(count)) == value) return true;
  }
  return false;
}

std::uint64_t birth_of(int fd) {
  struct statx status = {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0) return 0;
  if ((status.stx_mask & STATX_BTIME) == 0) return 0;
  return static_cast<std::uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000 +
         status.stx_btime.tv_nsec;
}

enum class Found : std::uint8_t { no, yes, hides };

/// Looks for the path in one lower layer, name by name. `hides`: what is there covers the layers
/// below, whether the path is in it or not.
Found look_in_layer(UniqueFd directory, std::string_view path, struct stat& status) {
  Found found = Found::no;
  for (;;) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    if (path.empty()) return Found::yes;
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string name(path.substr(0, end));
    path.remove_prefix(end);
    UniqueFd next(::openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid() || ::fstat(next.get(), &status) != 0) return found;
    if (is_whiteout(status)) return Found::hides;
    if (S_ISDIR(status.st_mode) && !path.empty()) {
      if (has_attribute(next.get(), "opaque", "y")) found = Found::hides;
    } else if (!path.empty()) {
      return Found::hides; // a file where others have a directory
    }
    directory = std::move(next);
  }
}

} // namespace

bool LayersOnDisk::upper_is_out_of_reach() const {
  return layers_.empty() || !layers_.front().open().valid();
}

std::optional<UpperFile> LayersOnDisk::upper(const std::string& path) const {
  if (layers_.empty()) return std::nullopt;
  const UniqueFd directory = layers_.front().open();
  if (!directory.valid()) return std::nullopt;
  const UniqueFd fd(
      open_in_root(directory.get(), path.c_str(), O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS));
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return std::nullopt;
  UpperFile file;
  file.inode = status.st_ino;
  file.born_ns = birth_of(fd.get());
  file.whiteout = is_whiteout(status);
  file.directory = S_ISDIR(status.st_mode);
  file.opaque = file.directory && has_attribute(fd.get(), "opaque", "y");
  file.origin = has_attribute(fd.get(), "origin");
  file.metacopy = has_attribute(fd.get(), "metacopy");
  return file;
}

std::optional<LowerFile> LayersOnDisk::lower(const std::string& path) const {
  for (std::size_t index = 1; index < layers_.size(); ++index) {
    UniqueFd directory = layers_[index].open();
    if (!directory.valid()) return std::nullopt; // whatever it has, it may hide what is below
    struct stat status = {};
    const Found found = look_in_layer(std::move(directory), path, status);
    if (found == Found::yes) {
      const auto size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
      return LowerFile{static_cast<std::int32_t>(index), size};
    }
    if (found == Found::hides) return std::nullopt;
  }
  return std::nullopt;
}

} // namespace vitrine::tracer
