// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/unit/events/record_builder.h"
#include "userspace/events/stream.h"

#include <linux/mount.h>
#include <linux/prctl.h>

#include <string>
#include <vector>

namespace vitrine::story {

inline constexpr std::uint64_t kStart = 1'000'000'000; ///< boot time at which streams begin
inline constexpr std::uint64_t kMillisecond = 1'000'000;

inline constexpr ev_namespaces kHost = {1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008};
inline constexpr ev_namespaces kOwn = {2001, 2002, 2003, 2004, 2005, 1006, 1007, 1008};

/// A process of a made-up trace.
struct Who {
  std::uint32_t pid = 100;
  const char* comm = "runtime";
  std::uint32_t ns_pid = 0; ///< 0: the same as pid
  std::uint32_t parent_pid = 1;
  bool daemon = false;
};

/// A trace being made up: each call is one millisecond after the one before and takes 10 us.
class TraceBuilder {
public:
  template<class Event>
  events::RecordBuilder<Event> call(const Who& who, std::int64_t result = 0) {
    events::RecordBuilder<Event> record;
    ev_header& header = record.header();
    header.time_ns = kStart + kMillisecond * ++calls_;
    header.duration_ns = 10'000;
    header.start_ns = who.pid;
    header.pid = header.tid = who.pid;
    header.ns_pid = who.ns_pid != 0 ? who.ns_pid : who.pid;
    header.parent_pid = who.parent_pid;
    header.followed = who.daemon ? VITRINE_FOLLOWED_DAEMON : VITRINE_FOLLOWED_TARGET;
    header.result = result;
    record.comm(who.comm);
    return record;
  }
  template<class Event>
  void add(events::RecordBuilder<Event> record) {
    records_.push_back(record.record());
  }

  void exec(const Who& who, std::string_view file, std::int64_t result = 0);
  /// clone(2) by `who` of a child that has pid `inside` in its own namespace.
  void clone(const Who& who, std::uint32_t pid, std::uint32_t inside, const ev_namespaces& after,
             const ev_namespaces& before = kHost);
  /// fsopen(2) or fspick(2) that gives `fd`, one option, and the order to create or reconfigure.
  void fsopen(const Who& who, std::string_view fstype, std::int32_t fd);
  void fspick(const Who& who, std::string_view path, std::int32_t fd);
  void fsconfig(const Who& who, std::int32_t fd, std::uint32_t command, std::string_view key = {},
                std::string_view value = {}, std::int64_t result = 0,
                std::string_view message = {});
  /// The mount gets `id` and, where the kernel has such, a unique id.
  void fsmount(const Who& who, std::int32_t fd, std::int32_t mount_fd, std::uint32_t id,
               std::string_view fstype, std::uint32_t attributes = 0);
  void open_tree(const Who& who, std::string_view path, std::int32_t fd, std::uint32_t id);
  void move_mount(const Who& who, std::int32_t fd, std::uint32_t id, std::string_view target,
                  std::int64_t result = 0);
  bool unique_mount_ids = true;

  void exit(const Who& who, int status = 0, int signal = 0);
  void mount(const Who& who, std::string_view source, std::string_view target,
             std::string_view fstype, std::uint64_t flags, std::int64_t result = 0);
  void setns(const Who& who, const ev_namespaces& before, const ev_namespaces& after);
  void attach(const Who& who, std::uint32_t pid, std::string_view path);
  /// The first bytes of an HTTP message on the connection `socket`.
  void request(const Who& who, std::uint32_t socket, std::string_view text);
  void response(const Who& who, std::uint32_t socket, std::string_view text);
  void prctl(const Who& who, std::uint32_t option, std::uint64_t argument,
             std::uint64_t bounding = 0, std::int64_t result = 0);

  [[nodiscard]] const std::vector<events::Record>& records() const { return records_; }

private:
  std::uint64_t calls_ = 0;
  std::vector<events::Record> records_;
};

/// A client, pid 100, and its daemon, pid 900, which makes a container with the mount API, pid 200,
/// starts a program in it, pid 300, and makes another one meanwhile, pid 400.
[[nodiscard]] std::vector<events::Record> engine_trace();

/// As an engine would tell of the container of either trace, with init pid 200.
[[nodiscard]] events::ContainerNote glass_note();

[[nodiscard]] events::StreamStart trace_start();
[[nodiscard]] events::StreamEnd trace_end(const std::vector<events::Record>& records);

/// A runtime, pid 100, that makes a container, pid 200, of an overlay and runs /bin/true in it.
[[nodiscard]] std::vector<events::Record> container_trace();

} // namespace vitrine::story
