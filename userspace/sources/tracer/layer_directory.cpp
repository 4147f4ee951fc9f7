// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/layer_directory.h"

#include "userspace/kernel/mountinfo.h"

#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

namespace vitrine::tracer {
namespace {

/// What comes after `directory` in `path`, or nothing when it does not lie there.
std::optional<std::string> below(const std::string& path, const std::string& directory) {
  if (directory == "/") return path;
  if (!path.starts_with(directory)) return std::nullopt;
  std::string rest = path.substr(directory.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

/// The inode's number alone: of btrfs, stat(2) gives another device than the kernel's.
UniqueFd open_same(const std::string& path, const LayerPlace& place) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || status.st_ino != place.inode) return {};
  return fd;
}

std::string find_among(const std::vector<kernel::MountInfo>& mounts, const std::string& prefix,
                       const LayerPlace& place) {
  for (const kernel::MountInfo& mount : mounts) {
    if (mount.device_major != place.device_major || mount.device_minor != place.device_minor)
      continue;
    const auto rest = below(place.path, mount.root);
    if (!rest) continue;
    std::string path = prefix;
    path.append(mount.mount_point).append("/").append(*rest);
    if (open_same(path, place).valid()) return path;
  }
  return {};
}

} // namespace

std::vector<LayerDirectory> LayerDirectory::find(const std::vector<LayerPlace>& places,
                                                 std::uint32_t pid) {
  const std::string process = fmt::format("/proc/{}", pid);
  const auto mounts = kernel::read_mountinfo();
  std::vector<LayerDirectory> found;
  bool all = true;
  for (const LayerPlace& place : places) {
    LayerDirectory& layer = found.emplace_back();
    layer.place_ = place;
    if (mounts && place.inode != 0 && !place.path.empty())
      layer.path_ = find_among(*mounts, "", place);
    all &= layer.reachable() || place.inode == 0;
  }
  const auto text = all ? Result<std::string>() : read_file_at(AT_FDCWD, process + "/mountinfo");
  if (!text) return found;
  const auto theirs = kernel::parse_mountinfo(*text);
  if (!theirs) return found;
  for (LayerDirectory& layer : found)
    if (!layer.reachable() && layer.place_.inode != 0 && !layer.place_.path.empty())
      layer.path_ = find_among(*theirs, process + "/root", layer.place_);
  return found;
}

UniqueFd LayerDirectory::open() const {
  return reachable() ? open_same(path_, place_) : UniqueFd();
}

} // namespace vitrine::tracer
