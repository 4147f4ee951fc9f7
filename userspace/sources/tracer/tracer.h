// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"

#include <bitset>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::tracer {

struct Options {
  events::Scope scope = events::Scope::command;
  /// Scope::command: argv of the command; it is executed when every probe is attached. Otherwise
  /// the words that chose what is traced, for the start of the stream. Never empty.
  std::vector<std::string> command;
  /// Scope::process and Scope::container: the (first) process, in the initial pid namespace.
  std::uint32_t pid = 0;
  events::FollowDaemons follow_daemons = events::FollowDaemons::automatic;
  /// The trace ends after so many nanoseconds, if nothing else ends it.
  std::optional<std::uint64_t> limit_ns;
  /// Which events to report, by type. Others are not even watched for.
  std::bitset<VITRINE_EVENT_LIMIT> events = std::bitset<VITRINE_EVENT_LIMIT>().set();
  /// Size of the ring between kernel and reader: a power of two, at least a page.
  std::size_t buffer_bytes = std::size_t{16} << 20;
  /// Borrowed descriptor that becomes the command's standard output; -1: the tracer's own.
  int command_stdout = -1;
  /// Called whenever no event is waiting: the moment to flush what was written.
  std::function<void()> on_idle;
};

/// Traces what the options choose, feeding `sink` from start to end.
///
/// A command: runs it with its whole process tree under trace until it ends; returns its exit
/// status as a shell counts it. A command that cannot be executed is an Error with the errno of
/// execvp(3) that says so (see is_not_executed); the sink has still had its end. Signals: SIGINT
/// and SIGQUIT of the terminal reach the command by themselves and are ignored here; SIGTERM and
/// SIGHUP are passed on to it.
///
/// What runs already: until the process ends, the limit is over or SIGINT, SIGTERM, SIGHUP or
/// SIGQUIT comes; returns 0.
///
/// Needs root and a kernel with BTF: without, an Error with a hint, and the sink has had nothing.
Result<int> trace(const Options& options, events::Sink& sink);

/// Whether `error` of trace() says that the command itself could not be executed: a shell's 126 or
/// 127.
[[nodiscard]] bool is_not_executed(const Error& error);

} // namespace vitrine::tracer
