// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/upper_watch.h"

#include <cerrno>
#include <climits>
#include <cstring>

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

// From Linux 5.17 on one event has both sides of a rename.
constexpr std::uint64_t kNewer = FAN_CREATE | FAN_RENAME | FAN_ONDIR;
constexpr std::uint64_t kOlder = FAN_CREATE | FAN_MOVED_TO | FAN_ONDIR;

template<class T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t file_system_of(int fd) {
  struct statfs status = {};
  if (::fstatfs(fd, &status) != 0) return 0;
  std::uint64_t id = 0;
  static_assert(sizeof status.f_fsid == sizeof id);
  std::memcpy(&id, &status.f_fsid, sizeof id);
  return id;
}

std::string path_of(int fd) {
  char path[PATH_MAX];
  const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

bool is_removed(int fd) {
  struct stat status = {};
  return ::fstat(fd, &status) != 0 || status.st_nlink == 0;
}

/// The path of `directory` below `root`, both through the same mount: "" for itself.
std::optional<std::string> path_below(int root, int directory) {
  const std::string top = path_of(root);
  std::string path = path_of(directory);
  if (top.empty() || !path.starts_with(top) || is_removed(directory)) return std::nullopt;
  path.erase(0, top == "/" ? 0 : top.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path == "/" ? "" : path;
}

} // namespace

Result<UpperWatch> UpperWatch::start() {
  UpperWatch watch;
  watch.fd_.reset(::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK |
                                      FAN_REPORT_DFID_NAME | FAN_REPORT_TID | FAN_UNLIMITED_QUEUE |
                                      FAN_UNLIMITED_MARKS,
                                  O_RDONLY | O_CLOEXEC));
  if (!watch.fd_.valid()) return os_error(errno, "watch files with fanotify");
  watch.mask_ = kNewer;
  return watch;
}

Result<void> UpperWatch::add(std::uint32_t overlay, const LayerDirectory& upper) {
  const UniqueFd directory = upper.open();
  if (!directory.valid()) return failure("the upper directory is out of reach");
  const auto mark = [&] {
    return ::fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask_, directory.get(),
                           nullptr);
  };
  int done = mark();
  if (done != 0 && errno == EINVAL && mask_ == kNewer) {
    mask_ = kOlder;
    done = mark();
  }
  if (done != 0) return os_error(errno, "watch the upper directory's file system");
  roots_.insert_or_assign(overlay, Root{file_system_of(directory.get()), upper});
  return {};
}

void UpperWatch::read_queue() {
  alignas(fanotify_event_metadata) std::byte buffer[kBufferBytes];
  for (;;) {
    const ssize_t count = ::read(fd_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    const std::byte* at = buffer;
    for (auto left = static_cast<std::size_t>(count); left >= FAN_EVENT_METADATA_LEN;) {
      const auto length = load<fanotify_event_metadata>(at).event_len;
      if (length < FAN_EVENT_METADATA_LEN || length > left) return;
      take_event(at);
      at += length;
      left -= length;
    }
  }
}

void UpperWatch::take_event(const std::byte* event) {
  const auto metadata = load<fanotify_event_metadata>(event);
  if ((metadata.mask & FAN_Q_OVERFLOW) != 0) {
    ++overflows_;
    return;
  }
  RawEvent raw;
  raw.directory = (metadata.mask & FAN_ONDIR) != 0;
  bool complete = false;
  for (std::size_t at = metadata.metadata_len;
       at + sizeof(fanotify_event_info_fid) + sizeof(file_handle) <= metadata.event_len;) {
    const auto info = load<fanotify_event_info_fid>(event + at);
    if (info.hdr.len < sizeof info || at + info.hdr.len > metadata.event_len) return;
    const std::byte* handle = event + at + sizeof info;
    const std::size_t handle_bytes = sizeof(file_handle) + load<file_handle>(handle).handle_bytes;
    const std::size_t room = info.hdr.len - sizeof info;
    if (handle_bytes >= room) return;
    RawName name;
    std::memcpy(&name.file_system, &info.fsid, sizeof name.file_system);
    name.handle.assign(handle, handle + handle_bytes);
    const auto* text = reinterpret_cast<const char*>(handle + handle_bytes);
    name.name.assign(text, ::strnlen(text, room - handle_bytes));
    if (info.hdr.info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME) {
      raw.from = std::move(name);
    } else if (info.hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME ||
               info.hdr.info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME) {
      raw.to = std::move(name);
      complete = true;
    }
    at += info.hdr.len;
  }
  if (!complete) return;
  Waiting& waiting = waiting_[static_cast<std::uint32_t>(metadata.pid)];
  waiting.last_round = round_;
  waiting.events.push_back(std::move(raw));
}

std::optional<UpperName> UpperWatch::resolve(const RawName& name) const {
  std::vector<std::byte> handle = name.handle;
  for (const auto& [overlay, root] : roots_) {
    if (root.file_system != name.file_system) continue;
    const UniqueFd top = root.directory.open();
    if (!top.valid()) continue;
    const UniqueFd directory(::open_by_handle_at(
        top.get(), reinterpret_cast<file_handle*>(handle.data()), O_PATH | O_CLOEXEC));
    if (!directory.valid()) continue;
    if (const auto path = path_below(top.get(), directory.get()))
      return UpperName{overlay, *path + "/" + name.name};
  }
  return std::nullopt;
}

std::vector<UpperEvent> UpperWatch::take(std::uint32_t tid) {
  std::vector<UpperEvent> events;
  const auto waiting = waiting_.find(tid);
  if (waiting == waiting_.end()) return events;
  for (const RawEvent& raw : waiting->second.events) {
    auto to = resolve(raw.to);
    if (!to) continue; // elsewhere on the same file system
    UpperEvent event{.directory = raw.directory, .from = {}, .to = std::move(*to)};
    if (raw.from) event.from = resolve(*raw.from);
    events.push_back(std::move(event));
  }
  waiting_.erase(waiting);
  return events;
}

} // namespace vitrine::tracer
