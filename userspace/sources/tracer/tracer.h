// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"

#include <bitset>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace vitrine::tracer {

struct Options {
  /// argv of the command; it is executed when every probe is attached. Never empty.
  std::vector<std::string> command;
  /// Which events to report, by type. Others are not even watched for.
  std::bitset<VITRINE_EVENT_LIMIT> events = std::bitset<VITRINE_EVENT_LIMIT>().set();
  /// Size of the ring between kernel and reader: a power of two, at least a page.
  std::size_t buffer_bytes = std::size_t{16} << 20;
  /// Borrowed descriptor that becomes the command's standard output; -1: the tracer's own.
  int command_stdout = -1;
  /// Called whenever no event is waiting: the moment to flush what was written.
  std::function<void()> on_idle;
};

/// Runs the command with its whole process tree under trace, feeding `sink` from start to end.
///
/// Returns the command's exit status as a shell counts it. A command that cannot be executed is an
/// Error with the errno of execvp(3) that says so (see is_not_executed); the sink has still had its
/// end. Needs root and a kernel with BTF: without, an Error with a hint, and the sink has had
/// nothing. Signals: SIGINT and SIGQUIT of the terminal reach the command by themselves and are
/// ignored here; SIGTERM and SIGHUP are passed on to it.
Result<int> trace_command(const Options& options, events::Sink& sink);

/// Whether `error` of trace_command says that the command itself could not be executed: a shell's
/// 126 or 127.
[[nodiscard]] bool is_not_executed(const Error& error);

} // namespace vitrine::tracer
