// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/state_directory.h"

#include "runtime/oci/report.h"
#include "userspace/base/directory_tree.h"
#include "userspace/base/text_escape.h"

#include <charconv>
#include <csignal>

#include <dirent.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

using nlohmann::json;

constexpr const char* kLock = ".lock";
constexpr const char* kState = "state.json";

std::string state_text(const ContainerState& state) {
  json cgroups = json::array();
  for (const CgroupDirectory& cgroup : state.cgroups)
    cgroups.push_back({{"mount_point", cgroup.mount_point}, {"path", cgroup.path}});
  return json({{"ociVersion", "1.0.2"},
               {"id", state.id},
               {"status", state.status},
               {"pid", state.pid},
               {"bundle", text_for_json(state.bundle).text},
               {"created", state.created},
               {"process_start", state.process_start},
               {"cgroups", cgroups}})
      .dump();
}

/// What sweeping needs of a state; a file that a killed runtime left half written has nothing.
ContainerState parse_state(const std::string& text) {
  ContainerState state;
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return state;
  const auto number = [&](const char* field) -> std::uint64_t {
    const auto found = document.find(field);
    return found != document.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  state.pid = static_cast<pid_t>(number("pid"));
  state.process_start = number("process_start");
  const auto cgroups = document.find("cgroups");
  if (cgroups == document.end() || !cgroups->is_array()) return state;
  for (const json& cgroup : *cgroups) {
    if (!cgroup.is_object()) continue;
    CgroupDirectory directory;
    directory.mount_point = cgroup.value("mount_point", "");
    directory.path = cgroup.value("path", "");
    if (!directory.path.empty()) state.cgroups.push_back(std::move(directory));
  }
  return state;
}

void kill_if_same(pid_t pid, std::uint64_t start) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid() || process_start_time(pid) != start) return;
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
}

std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream))
    if (is_container_id(entry->d_name)) names.emplace_back(entry->d_name);
  ::closedir(stream);
  return names;
}

} // namespace

bool is_container_id(std::string_view id) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
  return !id.empty() && id.size() <= 128 && id.front() != '.' &&
         id.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::optional<std::uint64_t> process_start_time(pid_t pid) {
  const auto text = read_file_at(AT_FDCWD, fmt::format("/proc/{}/stat", pid));
  if (!text) return std::nullopt;
  auto at = text->rfind(')'); // the name before it may hold anything
  for (int field = 2; field < 22 && at != std::string::npos; ++field)
    at = text->find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t start = 0;
  const auto [end, error] =
      std::from_chars(text->data() + at + 1, text->data() + text->size(), start);
  return error == std::errc() ? std::optional(start) : std::nullopt;
}

Result<void> ContainerDirectory::write_file(const std::string& name, std::string_view text) const {
  const auto made =
      open_at(directory_.get(), name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!made) return tl::unexpected(made.error());
  return write_file_at(directory_.get(), name, text);
}

Result<void> ContainerDirectory::write_state(const ContainerState& state) const {
  // Replaced as a whole: a reader finds the old one or the new one.
  const std::string next = std::string(kState) + ".new";
  if (auto done = write_file(next, state_text(state)); !done) return done;
  if (::renameat(directory_.get(), next.c_str(), directory_.get(), kState) < 0)
    return os_error(errno, "rename {} to {}", next, kState);
  return {};
}

Result<void> ContainerDirectory::make_subdirectory(const char* name, uid_t owner,
                                                   gid_t group) const {
  if (::mkdirat(directory_.get(), name, 0755) < 0)
    return os_error(errno, "mkdir {}/{}", escape_text(path()), name);
  if ((owner != ::geteuid() || group != ::getegid()) &&
      ::fchownat(directory_.get(), name, owner, group, AT_SYMLINK_NOFOLLOW) < 0)
    return os_error(errno, "chown {}/{}", escape_text(path()), name);
  return {};
}

Result<void> ContainerDirectory::remove() const {
  return remove_tree(root_, id_);
}

Result<StateDirectory> StateDirectory::open(const std::string& path) {
  if (auto done = make_directories(path, 0711); !done)
    return tl::unexpected(std::move(done).error());
  auto directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (!directory) return tl::unexpected(std::move(directory).error());
  return StateDirectory(path, std::move(*directory));
}

Result<UniqueFd> StateDirectory::lock() const {
  auto file = open_at(directory_.get(), kLock, O_RDWR | O_CREAT, 0600);
  if (!file) return file;
  int done = 0;
  do
    done = ::flock(file->get(), LOCK_EX);
  while (done < 0 && errno == EINTR);
  if (done < 0) return os_error(errno, "lock {}/{}", escape_text(path_), kLock);
  return file;
}

void StateDirectory::sweep_container(const std::string& id) const {
  auto directory = open_at(directory_.get(), id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory || ::flock(directory->get(), LOCK_EX | LOCK_NB) < 0) return;
  const auto text = read_file_at(directory->get(), kState);
  const ContainerState state = parse_state(text.value_or(""));
  if (state.pid > 0) kill_if_same(state.pid, state.process_start);
  for (const CgroupDirectory& cgroup : state.cgroups)
    if (auto done = remove_cgroup(cgroup.mount_point, cgroup.path); !done)
      return report_warning(done.error());
  if (auto done = remove_tree(directory_.get(), id); !done) report_warning(done.error());
}

void StateDirectory::sweep() const {
  const std::vector<std::string> ids = names_in(directory_.get());
  if (ids.empty()) return;
  const auto locked = lock();
  if (!locked) return report_warning(locked.error());
  for (const std::string& id : ids)
    sweep_container(id);
}

Result<ContainerDirectory> StateDirectory::create(const std::string& id) const {
  // Held until the new directory has its own lock: a sweep in between would take it for a leftover.
  const auto locked = lock();
  if (!locked) return tl::unexpected(locked.error());
  if (::mkdirat(directory_.get(), id.c_str(), 0711) < 0) {
    if (errno == EEXIST) return failure("container {} exists already", escape_text(id));
    return os_error(errno, "mkdir {}/{}", escape_text(path_), escape_text(id));
  }
  auto directory = open_at(directory_.get(), id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) return tl::unexpected(std::move(directory).error());
  if (::flock(directory->get(), LOCK_EX) < 0)
    return os_error(errno, "lock {}/{}", escape_text(path_), escape_text(id));
  return ContainerDirectory(directory_.get(), path_, id, std::move(*directory));
}

} // namespace vitrine::oci
