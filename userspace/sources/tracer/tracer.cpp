// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/tracer.h"

#include "userspace/sources/tracer/copy_on_write.h"
#include "userspace/sources/tracer/following.h"
#include "userspace/sources/tracer/host.h"
#include "userspace/sources/tracer/programs.h"
#include "userspace/sources/tracer/reader.h"
#include "userspace/sources/tracer/signals.h"
#include "userspace/sources/tracer/target.h"
#include "userspace/sources/tracer/tracefs.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

constexpr int kBusyMilliseconds = 10; // between looks into the ring while events come
constexpr int kIdleMilliseconds = 50;
constexpr std::uint64_t kShortTrace = 1'000'000'000; // ns: a longer one is worth cheaper hooks
constexpr const char* kNotExecuted = "run ";

/// What ends the trace, beside its limit.
struct Watched {
  const Target* command = nullptr; ///< null: it ran already
  int pidfd = -1;                  ///< readable when the process has ended; -1: there is none
};

/// Whether a signal ends the trace. What the terminal sends, it sends to the command too; what
/// another process sends us is meant for the command.
bool ends_trace(const Signals& signals, const Watched& watched) {
  bool ends = false;
  signals.read([&](const signalfd_siginfo& info) {
    if (watched.command == nullptr)
      ends = true;
    else if (info.ssi_code != SI_KERNEL)
      watched.command->signal(static_cast<int>(info.ssi_signo));
  });
  return ends;
}

/// Until what is traced has ended.
Result<void> follow_to_the_end(const Options& options, const Tracefs& tracefs, Programs& programs,
                               Reader& reader, const Signals& signals, const Watched& watched) {
  const std::uint64_t begin = boot_time_ns();
  bool changed = false;
  bool busy = true;
  for (;;) {
    pollfd waiting[] = {
        {programs.ring_fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}, {watched.pidfd, POLLIN, 0}};
    if (::poll(waiting, std::size(waiting), busy ? kBusyMilliseconds : kIdleMilliseconds) < 0 &&
        errno != EINTR)
      return os_error(errno, "wait for events");
    bool ended = waiting[1].revents != 0 && ends_trace(signals, watched);
    ended |= waiting[2].revents != 0;
    auto count = reader.read();
    if (!count) return tl::unexpected(std::move(count).error());
    busy = *count > 0;
    if (options.on_idle) options.on_idle();
    const std::uint64_t now = boot_time_ns();
    if (ended || (options.limit_ns && now - begin >= *options.limit_ns)) return {};
    if (!changed && now - begin >= kShortTrace) {
      if (auto done = programs.change_to_each_call(tracefs); !done) return done;
      changed = true;
    }
  }
}

Programs::Settings settings_of(const Options& options) {
  Programs::Settings settings;
  settings.wanted = options.events;
  settings.buffer_bytes = options.buffer_bytes;
  settings.everything = options.scope == events::Scope::all;
  settings.cgroups = options.scope == events::Scope::container;
  settings.iterators = options.scope != events::Scope::command ||
                       options.follow_daemons != events::FollowDaemons::no;
  return settings;
}

Result<UniqueFd> open_process(std::uint32_t pid) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid())
    return with_hint(os_error(errno, "follow process {}", pid),
                     "it must be running, and the main thread of its process");
  return pidfd;
}

/// Reads what is left when nothing more can come, and ends the stream.
Result<void> end_stream(Programs& programs, Reader& reader, events::Sink& sink,
                        events::StreamEnd end) {
  programs.stop();
  if (auto finished = reader.finish(end); !finished) return finished;
  if (auto counted = programs.count(end); !counted) return counted;
  end.time_ns = boot_time_ns();
  sink.end(end);
  return {};
}

/// One trace: everything that lives as long as it does.
struct Session {
  const Options& options;
  events::Sink& sink;
  const Tracefs& tracefs;
  Programs& programs;
  const Signals& signals;
  CopyOnWrite& copy_on_write;

  Result<int> trace_command();
  Result<int> trace_running();

private:
  Result<void> begin_stream(std::uint32_t target_pid);
  Result<void> follow(Reader& reader, const Watched& watched) {
    return follow_to_the_end(options, tracefs, programs, reader, signals, watched);
  }
  Result<void> meet_overlays(Reader& reader);
  Reader reader() {
    return {programs, copy_on_write, sink, options.follow_daemons != events::FollowDaemons::no};
  }
};

/// Watches the overlays that are there already, before anything happens to them.
Result<void> Session::meet_overlays(Reader& reader) {
  if (!copy_on_write.active()) return {};
  const std::vector<UniqueFd> overlays = open_overlays();
  if (auto met = programs.meet_overlays(); !met) return met;
  auto read = reader.read();
  if (!read) return tl::unexpected(std::move(read).error());
  return {};
}

Result<void> Session::begin_stream(std::uint32_t target_pid) {
  events::StreamStart start = describe_host();
  start.scope = options.scope;
  start.follow_daemons = options.follow_daemons;
  start.command = options.command;
  start.target_pid = target_pid;
  if (settings_of(options).iterators) {
    auto earlier = follow_earlier(options, programs);
    if (!earlier) return tl::unexpected(std::move(earlier).error());
    start.processes = std::move(*earlier);
  }
  start.notes.insert(start.notes.end(), copy_on_write.notes().begin(), copy_on_write.notes().end());
  sink.start(start);
  return {};
}

Result<int> Session::trace_command() {
  auto target = Target::prepare(options.command, options.command_stdout);
  if (!target) return tl::unexpected(std::move(target).error());
  if (auto attached = programs.attach(tracefs); !attached)
    return tl::unexpected(std::move(attached).error());
  if (auto followed = programs.follow(target->pidfd()); !followed)
    return tl::unexpected(std::move(followed).error());
  if (auto begun = begin_stream(static_cast<std::uint32_t>(target->pid())); !begun)
    return tl::unexpected(std::move(begun).error());

  Reader ring = reader();
  if (auto met = meet_overlays(ring); !met) return tl::unexpected(std::move(met).error());
  const Result<void> started = target->start();
  if (auto followed = follow(ring, {&*target, target->pidfd()}); !followed)
    return tl::unexpected(std::move(followed).error());
  events::StreamEnd end;
  end.exit_status = target->wait();
  if (auto ended = end_stream(programs, ring, sink, end); !ended)
    return tl::unexpected(std::move(ended).error());
  if (!started) return tl::unexpected(started.error());
  return end.exit_status;
}

Result<int> Session::trace_running() {
  UniqueFd pidfd;
  if (options.pid != 0) {
    auto opened = open_process(options.pid);
    if (!opened) return tl::unexpected(std::move(opened).error());
    pidfd = std::move(*opened);
  }
  if (auto attached = programs.attach(tracefs); !attached)
    return tl::unexpected(std::move(attached).error());
  if (auto begun = begin_stream(options.pid); !begun)
    return tl::unexpected(std::move(begun).error());
  Reader ring = reader();
  if (auto met = meet_overlays(ring); !met) return tl::unexpected(std::move(met).error());
  if (auto followed = follow(ring, {nullptr, pidfd.get()}); !followed)
    return tl::unexpected(std::move(followed).error());
  if (auto ended = end_stream(programs, ring, sink, {}); !ended)
    return tl::unexpected(std::move(ended).error());
  return 0;
}

} // namespace

bool is_not_executed(const Error& error) {
  return error.what.starts_with(kNotExecuted);
}

Result<int> trace(const Options& options, events::Sink& sink) {
  if (::geteuid() != 0)
    return with_hint(failure("tracing needs root"), "run it again with sudo in front");
  auto tracefs = Tracefs::open();
  if (!tracefs) return tl::unexpected(std::move(tracefs).error());
  auto programs = Programs::load(settings_of(options));
  if (!programs) return tl::unexpected(std::move(programs).error());
  auto signals = Signals::block();
  if (!signals) return tl::unexpected(std::move(signals).error());
  CopyOnWrite copy_on_write(options.events, programs->gives_joined_layers());
  Session session = {options, sink, *tracefs, *programs, *signals, copy_on_write};
  return options.scope == events::Scope::command ? session.trace_command()
                                                 : session.trace_running();
}

} // namespace vitrine::tracer
