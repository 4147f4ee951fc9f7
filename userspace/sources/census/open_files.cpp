// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/open_files.h"

#include "userspace/sources/census/in_flight.h"
#include "userspace/sources/census/namespace_facts.h"
#include "userspace/sources/census/process_directory.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <tuple>

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::census {
namespace {

using objects::NamespaceFile;
using objects::NamespaceId;

/// The device of nsfs: what files of namespaces lie on, wherever they are mounted.
struct Device {
  std::uint32_t major = 0, minor = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Never waits for a file system that does not answer.
std::optional<Device> device_of(int directory, const std::string& path) {
  struct statx status = {};
  if (::statx(directory, path.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &status) != 0)
    return std::nullopt;
  return Device{status.stx_dev_major, status.stx_dev_minor};
}

std::optional<NamespaceId> id_of(const Result<UniqueFd>& nsfs_file) {
  if (!nsfs_file) return std::nullopt;
  const auto facts = facts_of(nsfs_file->get());
  return facts ? std::optional(facts->id) : std::nullopt;
}

/// The network namespace of a socket, open. Not valid: refused, or no socket.
UniqueFd network_of(int socket) {
  return UniqueFd(::ioctl(socket, SIOCGSKNS));
}

UniqueFd copy_file(int pidfd, std::uint32_t fd) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, fd, 0)));
}

/// A pidfd of the process that `directory` is of. Not valid: it has gone.
UniqueFd open_pidfd(const ProcessDirectory& directory, std::uint32_t pid) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!directory.stat()) pidfd.reset(); // its pid may be another's meanwhile
  return pidfd;
}

/// Of an open file that is in flight or another process's: what it keeps alive.
UniqueFd namespace_behind(UniqueFd file, bool& socket) {
  struct stat status = {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return {};
  socket = S_ISSOCK(status.st_mode);
  return socket ? network_of(file.get()) : std::move(file);
}

/// The files in the queues of a unix socket, by "scm_fds" of its fdinfo: Linux 5.4.
std::uint32_t count_in_flight(const ProcessDirectory& directory, std::uint32_t fd) {
  const auto text = directory.read("fdinfo/" + std::to_string(fd));
  constexpr std::string_view kKey = "scm_fds: ";
  const auto at = text ? text->find(kKey) : std::string::npos;
  std::uint32_t count = 0;
  if (at != std::string::npos)
    std::from_chars(text->data() + at + kKey.size(), text->data() + text->size(), count);
  return count;
}

/// Reads the files of one process.
class Reader {
public:
  Reader(const ProcessDirectory& directory, const objects::Process& process,
         const std::optional<Device>& nsfs, ErrorCounts& errors)
      : directory_(directory), process_(process), nsfs_(nsfs), errors_(errors) {}

  std::optional<std::vector<NamespaceFile>> read() {
    const auto fds = directory_.numbers("fd");
    if (!fds) {
      errors_.add("/proc/PID/fd", fds.error().code);
      return std::nullopt;
    }
    for (const std::uint32_t fd : *fds)
      add(fd);
    if (refused_ != 0) { // a process may list another's files, but not look at them
      errors_.add("/proc/PID/fd", refused_);
      return std::nullopt;
    }
    sort_files(files_);
    return std::move(files_);
  }

private:
  void add(std::uint32_t fd) {
    const std::string name = "fd/" + std::to_string(fd);
    const auto target = directory_.read_link(name);
    if (!target) {
      if (target.error().code != ENOENT && target.error().code != ESRCH)
        refused_ = target.error().code;
      return;
    }
    NamespaceId id;
    if (objects::from_text(*target, id)) return add({.fd = fd, .namespace_id = id});
    if (target->starts_with("socket:[")) return add_socket(fd);
    // A file of nsfs that was opened where it is mounted has that place as its name.
    if (!target->starts_with('/') || !nsfs_ || device_of(directory_.fd(), name) != nsfs_) return;
    if (const auto found = id_of(directory_.open_file(name, O_RDONLY)))
      add({.fd = fd, .namespace_id = *found});
  }

  void add_socket(std::uint32_t fd) {
    if (!asked_) pidfd_ = open_pidfd(directory_, process_.id.pid);
    asked_ = true;
    if (!pidfd_.valid()) return;
    const UniqueFd socket = copy_file(pidfd_.get(), fd);
    if (!socket.valid()) return errors_.add("pidfd_getfd", errno);
    const UniqueFd network = network_of(socket.get());
    if (!network.valid()) errors_.add("SIOCGSKNS", errno);
    add(fd, network.get(), true, false);
    const std::uint32_t in_flight = count_in_flight(directory_, fd);
    if (in_flight == 0) return;
    auto files = peek_files(socket.get());
    if (files.size() < in_flight)
      errors_.add("files in flight", std::string("only the first message can be looked at"));
    for (UniqueFd& file : files) {
      bool is_socket = false;
      const UniqueFd kept = namespace_behind(std::move(file), is_socket);
      add(fd, kept.get(), is_socket, true);
    }
  }

  void add(std::uint32_t fd, int nsfs_fd, bool socket, bool in_flight) {
    if (nsfs_fd < 0) return;
    const auto facts = facts_of(nsfs_fd);
    if (!facts || (socket && facts->id.inode == process_.namespaces.net)) return;
    add({.fd = fd, .namespace_id = facts->id, .socket = socket, .in_flight = in_flight});
  }

  void add(const NamespaceFile& file) { files_.push_back(file); }

  const ProcessDirectory& directory_;
  const objects::Process& process_;
  const std::optional<Device>& nsfs_;
  ErrorCounts& errors_;
  UniqueFd pidfd_;
  bool asked_ = false;
  int refused_ = 0;
  std::vector<NamespaceFile> files_;
};

} // namespace

void read_files(int proc, objects::Process& process, ErrorCounts& errors) {
  const auto nsfs = device_of(proc, "self/ns/mnt");
  if (const auto directory = ProcessDirectory::open(proc, process.id))
    process.namespace_files = Reader(*directory, process, nsfs, errors).read();
}

void sort_files(std::vector<NamespaceFile>& files) {
  const auto key = [](const NamespaceFile& file) {
    return std::tuple(file.fd, file.in_flight, file.socket, file.namespace_id);
  };
  std::ranges::sort(files, {}, key);
  const auto doubles = std::ranges::unique(files);
  files.erase(doubles.begin(), doubles.end());
}

UniqueFd open_namespace(int proc, const objects::ProcessId& process, const NamespaceFile& file) {
  const auto directory = ProcessDirectory::open(proc, process);
  if (!directory) return {};
  if (!file.socket && !file.in_flight) {
    auto opened = directory->open_file("fd/" + std::to_string(file.fd), O_RDONLY);
    return id_of(opened) == file.namespace_id ? std::move(*opened) : UniqueFd();
  }
  const UniqueFd pidfd = open_pidfd(*directory, process.pid);
  UniqueFd socket = pidfd.valid() ? copy_file(pidfd.get(), file.fd) : UniqueFd();
  if (!socket.valid()) return {};
  std::vector<UniqueFd> candidates;
  if (file.in_flight)
    candidates = peek_files(socket.get());
  else
    candidates.push_back(std::move(socket));
  for (UniqueFd& candidate : candidates) {
    bool is_socket = false;
    UniqueFd behind = namespace_behind(std::move(candidate), is_socket);
    if (!behind.valid()) continue;
    const auto facts = facts_of(behind.get());
    if (facts && facts->id == file.namespace_id) return behind;
  }
  return {};
}

} // namespace vitrine::census
