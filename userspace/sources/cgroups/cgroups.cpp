// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/cgroups/cgroups.h"

#include "userspace/sources/cgroups/state_files.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vitrine::cgroups {
namespace {

constexpr std::size_t kDeepest = 64; // far below what the kernel would let nest

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    words.emplace_back(text.substr(0, text.find_first_of(" \n")));
    text.remove_prefix(words.back().size());
  }
  std::ranges::sort(words);
  return words;
}

/// Half of what this process may open: the rest is for others.
std::size_t files_to_keep() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::size_t>(limit.rlim_cur / 2);
}

/// Walks one hierarchy.
class Walk {
public:
  Walk(const Hierarchy& hierarchy, KeptFiles& files, Readings& readings)
      : hierarchy_(hierarchy), files_(files), readings_(readings) {}

  void run(const std::string& mount_point) {
    UniqueFd top(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top.valid()) return note(errno);
    visit(std::move(top), "/", std::nullopt, 0);
    for (const auto& [error, count] : errors_)
      readings_.errors.push_back({"cgroups of " + hierarchy_.name, errno_name(error), count});
  }

private:
  void note(int error) { ++errors_[error]; }
  void visit(UniqueFd directory, const std::string& path,
             const std::optional<objects::CgroupId>& parent, std::size_t depth);
  [[nodiscard]] bool acts(const objects::Cgroup& cgroup, std::string_view controller) const;
  void read_state(objects::Cgroup& cgroup, int directory);

  const Hierarchy& hierarchy_;
  KeptFiles& files_;
  Readings& readings_;
  std::map<int, std::uint64_t> errors_;
};

bool Walk::acts(const objects::Cgroup& cgroup, std::string_view controller) const {
  return controller.empty() ||
         std::ranges::find(cgroup.controllers, controller) != cgroup.controllers.end();
}

void Walk::read_state(objects::Cgroup& cgroup, int directory) {
  std::size_t index = 0;
  if (hierarchy_.is_v2()) {
    if (const auto text = files_.read(cgroup.id, index++, directory, "cgroup.controllers"))
      cgroup.controllers = words_of(*text);
    if (const auto text = files_.read(cgroup.id, index++, directory, "cgroup.type"))
      cgroup.type = text->substr(0, text->find('\n'));
  } else {
    cgroup.controllers = hierarchy_.controllers;
    std::ranges::sort(cgroup.controllers);
  }
  for (const StateFile& file : hierarchy_.is_v2() ? version_2_files() : version_1_files()) {
    const std::size_t own = index++;
    if (!acts(cgroup, file.controller)) continue;
    if (const auto text = files_.read(cgroup.id, own, directory, file.name))
      file.read(*text, cgroup.state);
  }
}

void Walk::visit(UniqueFd directory, const std::string& path,
                 const std::optional<objects::CgroupId>& parent, std::size_t depth) {
  struct stat status = {};
  if (::fstat(directory.get(), &status) != 0) return;
  objects::Cgroup cgroup;
  cgroup.id = {hierarchy_.number, status.st_ino};
  cgroup.path = path;
  cgroup.hierarchy = hierarchy_.name;
  cgroup.parent = parent;
  read_state(cgroup, directory.get());
  const objects::CgroupId id = cgroup.id;
  const int fd = directory.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory.release()), ::closedir);
  if (stream == nullptr) return note(errno);
  std::vector<std::string> below;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get()))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') below.emplace_back(entry->d_name);
  if (errno == ENODEV || errno == ENOENT) return; // it has gone
  readings_.cgroups.push_back(std::move(cgroup));
  if (depth == kDeepest) return note(ELOOP);
  for (const std::string& name : below) {
    UniqueFd child(::openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (child.valid())
      visit(std::move(child), (path == "/" ? path : path + "/") + name, id, depth + 1);
    else if (errno != ENOENT)
      note(errno);
  }
}

} // namespace

Result<Cgroups> Cgroups::open(const std::string& root) {
  auto hierarchies = read_hierarchies(root);
  if (!hierarchies) return tl::unexpected(hierarchies.error());
  return Cgroups(root, *std::move(hierarchies), files_to_keep());
}

Readings Cgroups::read() {
  Readings readings;
  for (const Hierarchy& hierarchy : hierarchies_)
    Walk(hierarchy, files_, readings).run(root_ + hierarchy.mount_point);
  files_.forget_others();
  std::ranges::sort(readings.cgroups, {}, &objects::Cgroup::id);
  return readings;
}

} // namespace vitrine::cgroups
