// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/mounts.h"

#include "userspace/kernel/nsfs.h"
#include "userspace/sources/mounts/overlay_layers.h"
#include "userspace/sources/mounts/propagation.h"
#include "userspace/sources/mounts/statmount.h"
#include "userspace/sources/mounts/task_mounts.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include <fcntl.h>

namespace vitrine::mounts {
namespace {

using objects::NamespaceId;
using objects::NamespaceKind;

bool vanished(const Error& error) {
  return error.code == ENOENT || error.code == ESRCH;
}

/// One look at all mount namespaces: every way of reading reads those that none before it could.
class Look {
public:
  Look(std::span<const objects::Process> processes, const Options& options)
      : options_(options), processes_(processes) {
    for (const objects::Process& process : processes)
      add_tasks(process);
  }

  void read_all() {
    if (options_.statmount) read_listed();
    read_of_tasks();
    read_of_files();
    read_of_bind_mounts();
  }

  /// What is known of, but was not read. What the kernel's own list does not have is gone.
  void count_unread() {
    std::map<std::uint32_t, std::string> unread = refused_;
    if (!listed_) add_unreachable(unread);
    for (const auto& [inode, why] : unread)
      if (!read_.contains(inode)) objects::count_error(found_.errors, "mount namespace", why);
  }

  Readings finish() && {
    find_layers(found_.mounts, roots(), own_namespace());
    std::ranges::sort(found_.mounts, {}, &objects::Mount::id);
    return std::move(found_);
  }

private:
  static bool is_mount_namespace(const objects::Mount& mount) {
    return mount.namespace_file && mount.namespace_file->kind == NamespaceKind::mnt;
  }

  [[nodiscard]] std::string directory_of(const objects::Process& process) const {
    return fmt::format("{}/{}", options_.proc, process.id.pid);
  }

  void add_tasks(const objects::Process& process) {
    const auto own = process.namespaces.mnt;
    if (own) tasks_[*own].push_back(directory_of(process));
    for (const objects::Thread& thread : process.threads)
      if (thread.namespaces.mnt && thread.namespaces.mnt != own)
        tasks_[*thread.namespaces.mnt].push_back(
            fmt::format("{}/task/{}", directory_of(process), thread.tid));
  }

  template<class Call>
  void for_each_file(Call&& call) const {
    for (const objects::Process& process : processes_) {
      if (!process.namespace_files) continue;
      for (const objects::NamespaceFile& file : *process.namespace_files)
        if (file.namespace_id.kind == NamespaceKind::mnt) call(process, file);
    }
  }

  void add_unreachable(std::map<std::uint32_t, std::string>& unread) const {
    constexpr const char* kWhy = "no process, file or mount leads there";
    for_each_file([&](const objects::Process&, const objects::NamespaceFile& file) {
      if (file.in_flight) unread.emplace(file.namespace_id.inode, kWhy);
    });
    for (const objects::Mount& mount : found_.mounts)
      if (is_mount_namespace(mount)) unread.emplace(mount.namespace_file->inode, kWhy);
  }

  void take(std::uint32_t inode, std::vector<objects::Mount> mounts, std::string_view source) {
    read_.insert(inode);
    if (std::ranges::find(found_.sources, source) == found_.sources.end())
      found_.sources.emplace_back(source);
    std::ranges::move(mounts, std::back_inserter(found_.mounts));
  }

  void read_listed() {
    for (auto& [inode, mounts] : read_statmount(options_.proc)) {
      listed_ = true;
      take(inode, std::move(mounts), "statmount");
    }
    fill_propagate_from(found_.mounts);
  }

  void read_of_tasks() {
    for (const auto& [inode, directories] : tasks_)
      if (!read_.contains(inode)) read_of_task_among(inode, directories);
  }

  void read_of_task_among(std::uint32_t inode, const std::vector<std::string>& directories) {
    for (const std::string& directory : directories) {
      const Task task{directory, inode};
      if (!sees_all(task)) continue;
      auto mounts = read_of_task(task);
      if (mounts) return take(inode, *std::move(mounts), "/proc/PID/mountinfo");
      if (!vanished(mounts.error())) refused_[inode] = errno_name(mounts.error().code);
    }
    for (const std::string& directory : directories) // all have another root, or ended
      if (enter(inode, directory + "/ns/mnt")) return;
  }

  /// Reads the namespace that the file `path` stands for by going there.
  bool enter(std::uint32_t inode, const std::string& path) {
    auto file = kernel::open_namespace_file(path, inode);
    if (!file) {
      if (!vanished(file.error())) refused_[inode] = errno_name(file.error().code);
      return false;
    }
    return enter(inode, *std::move(file));
  }

  bool enter(std::uint32_t inode, UniqueFd file) {
    auto mounts = read_inside(file.get(), inode, options_.proc);
    if (!mounts) {
      refused_[inode] = errno_name(mounts.error().code);
      return false;
    }
    take(inode, *std::move(mounts), "setns");
    files_[inode] = std::move(file);
    return true;
  }

  void read_of_files() {
    for_each_file([&](const objects::Process& process, const objects::NamespaceFile& file) {
      const std::uint32_t inode = file.namespace_id.inode;
      if (!file.in_flight && !read_.contains(inode))
        enter(inode, fmt::format("{}/fd/{}", directory_of(process), file.fd));
    });
  }

  /// The list of mounts grows meanwhile: what is found may have such files, too.
  void read_of_bind_mounts() {
    for (std::size_t i = 0; i < found_.mounts.size(); ++i) {
      const objects::Mount& mount = found_.mounts[i];
      if (!is_mount_namespace(mount) || mount.covered) continue;
      const std::uint32_t wanted = mount.namespace_file->inode;
      if (read_.contains(wanted)) continue;
      const int here = file_of(mount.id.mount_namespace);
      if (here < 0) continue;
      auto file = open_inside(here, mount.mount_point, wanted);
      if (file)
        enter(wanted, *std::move(file));
      else if (!vanished(file.error()))
        refused_[wanted] = errno_name(file.error().code);
    }
  }

  /// A file that stands for a namespace that was read; -1: there is none.
  int file_of(std::uint32_t inode) {
    UniqueFd& file = files_[inode];
    for (const std::string& directory : tasks_[inode]) {
      if (file.valid()) break;
      auto opened = kernel::open_namespace_file(directory + "/ns/mnt", inode);
      if (opened) file = *std::move(opened);
    }
    return file.get();
  }

  [[nodiscard]] std::uint32_t own_namespace() const {
    NamespaceId own;
    (void)from_text(link_of(options_.proc + "/self/ns/mnt"), own);
    return own.inode;
  }

  [[nodiscard]] Roots roots() const {
    Roots roots;
    for (const objects::Mount& mount : found_.mounts) {
      const std::uint32_t inode = mount.id.mount_namespace;
      const auto tasks = tasks_.find(inode);
      if (!mount.overlay || tasks == tasks_.end() || roots.contains(inode)) continue;
      const auto whole = std::ranges::find_if(tasks->second, [&](const std::string& directory) {
        return sees_all({directory, inode});
      });
      if (whole != tasks->second.end()) roots.emplace(inode, *whole + "/root");
    }
    roots.insert_or_assign(own_namespace(), std::string(1, '/'));
    return roots;
  }

  const Options& options_;
  std::span<const objects::Process> processes_;
  std::map<std::uint32_t, std::vector<std::string>> tasks_; ///< by mount namespace
  std::map<std::uint32_t, UniqueFd> files_;                 ///< the same
  std::map<std::uint32_t, std::string> refused_;            ///< why
  std::set<std::uint32_t> read_;
  bool listed_ = false; ///< by the kernel
  Readings found_;
};

} // namespace

Result<Readings> read(std::span<const objects::Process> processes, const Options& options) {
  const auto proc = open_at(AT_FDCWD, options.proc, O_PATH | O_DIRECTORY);
  if (!proc) return tl::unexpected(proc.error());
  Look look(processes, options);
  look.read_all();
  look.count_unread();
  return std::move(look).finish();
}

} // namespace vitrine::mounts
