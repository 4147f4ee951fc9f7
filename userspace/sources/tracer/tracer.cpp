// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/tracer.h"

#include "userspace/sources/tracer/host.h"
#include "userspace/sources/tracer/joined_layers.h"
#include "userspace/sources/tracer/order.h"
#include "userspace/sources/tracer/programs.h"
#include "userspace/sources/tracer/target.h"
#include "userspace/sources/tracer/tracefs.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

constexpr int kBusyMilliseconds = 10; // between looks into the ring while events come
constexpr int kIdleMilliseconds = 50;
constexpr std::uint64_t kQuiet = 200'000'000;        // ns without an event that count as a pause
constexpr std::uint64_t kShortTrace = 1'000'000'000; // ns: a longer one is worth cheaper hooks
constexpr const char* kNotExecuted = "run ";

/// Blocks the signals that must not end the tracer and makes them readable; restores the mask.
class Signals {
public:
  static Result<Signals> block() {
    Signals signals;
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP})
      sigaddset(&set, number);
    ::sigprocmask(SIG_BLOCK, &set, &signals.before_);
    signals.fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.fd_.valid()) return os_error(errno, "watch for signals");
    signals.armed_ = true;
    return signals;
  }
  Signals(Signals&& other) noexcept
      : fd_(std::move(other.fd_)),
        before_(other.before_),
        armed_(std::exchange(other.armed_, false)) {}
  Signals& operator=(Signals&&) = delete;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    if (armed_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// What the terminal sends, it sends to the command too; what another process sends us is meant
  /// for the command.
  void pass_on(const Target& target) const {
    signalfd_siginfo info = {};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info)
      if (info.ssi_code != SI_KERNEL) target.signal(static_cast<int>(info.ssi_signo));
  }

private:
  Signals() = default;
  UniqueFd fd_;
  sigset_t before_ = {};
  bool armed_ = false;
};

/// Between the ring and the sink.
class Reader {
public:
  Reader(Programs& programs, events::Sink& sink) : programs_(programs), sink_(sink) {}

  /// Reads the ring and gives on what may go. Returns the number of records read.
  Result<std::size_t> read() {
    const std::uint64_t now = boot_time_ns();
    auto count = programs_.read_ring([this](std::span<const std::byte> bytes) { take(bytes); });
    if (!count) return count;
    order_.release(now, [this](const events::Record& record) { sink_.event(record); });
    if (*count > 0) {
      last_ns_ = now;
      paused_ = false;
    } else if (!paused_ && order_.empty() && now - last_ns_ >= kQuiet) {
      paused_ = true;
      sink_.pause();
    }
    return count;
  }
  /// Everything left, when nothing more can come.
  Result<void> finish(events::StreamEnd& end) {
    auto count = programs_.read_ring([this](std::span<const std::byte> bytes) { take(bytes); });
    if (!count) return tl::unexpected(std::move(count).error());
    order_.flush([this](const events::Record& record) { sink_.event(record); });
    end.received = received_;
    end.late = order_.late();
    return {};
  }

private:
  void take(std::span<const std::byte> bytes) {
    if (bytes.size() == sizeof(ev_begin)) {
      ev_begin begin = {};
      std::memcpy(&begin, bytes.data(), sizeof begin);
      order_.call_began(begin);
      return;
    }
    if (programs_.gives_joined_layers()) {
      scratch_.assign(bytes.begin(), bytes.end());
      split_joined_layers(scratch_);
      bytes = scratch_;
    }
    auto record = events::Record::decode(bytes);
    if (!record) return; // not counted as received: the end tells that one is missing
    ++received_;
    order_.add(std::move(*record));
  }

  Programs& programs_;
  events::Sink& sink_;
  Order order_;
  std::vector<std::byte> scratch_;
  std::uint64_t received_ = 0;
  std::uint64_t last_ns_ = 0; // when a record was last read
  bool paused_ = true;
};

/// Until the command has ended.
Result<void> follow_to_the_end(const Options& options, const Tracefs& tracefs, Programs& programs,
                               Reader& reader, const Signals& signals, const Target& target) {
  const std::uint64_t change_at = boot_time_ns() + kShortTrace;
  bool changed = false;
  bool busy = true;
  for (;;) {
    pollfd watched[] = {
        {programs.ring_fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}, {target.pidfd(), POLLIN, 0}};
    if (::poll(watched, std::size(watched), busy ? kBusyMilliseconds : kIdleMilliseconds) < 0 &&
        errno != EINTR)
      return os_error(errno, "wait for events");
    if (watched[1].revents != 0) signals.pass_on(target);
    const bool ended = watched[2].revents != 0;
    auto count = reader.read();
    if (!count) return tl::unexpected(std::move(count).error());
    busy = *count > 0;
    if (options.on_idle) options.on_idle();
    if (ended) return {};
    if (!changed && boot_time_ns() >= change_at) {
      if (auto done = programs.change_to_each_call(tracefs); !done) return done;
      changed = true;
    }
  }
}

} // namespace

bool is_not_executed(const Error& error) {
  return error.what.starts_with(kNotExecuted);
}

Result<int> trace_command(const Options& options, events::Sink& sink) {
  if (::geteuid() != 0)
    return with_hint(failure("tracing needs root"), "run it again with sudo in front");
  auto tracefs = Tracefs::open();
  if (!tracefs) return tl::unexpected(std::move(tracefs).error());
  auto programs = Programs::load(options.events, options.buffer_bytes);
  if (!programs) return tl::unexpected(std::move(programs).error());
  auto signals = Signals::block();
  if (!signals) return tl::unexpected(std::move(signals).error());
  auto target = Target::prepare(options.command, options.command_stdout);
  if (!target) return tl::unexpected(std::move(target).error());
  if (auto attached = programs->attach(*tracefs); !attached)
    return tl::unexpected(std::move(attached).error());
  if (auto followed = programs->follow(target->pidfd()); !followed)
    return tl::unexpected(std::move(followed).error());

  events::StreamStart start = describe_host();
  start.command = options.command;
  start.target_pid = static_cast<std::uint32_t>(target->pid());
  sink.start(start);

  Reader reader(*programs, sink);
  const Result<void> started = target->start();
  if (auto followed = follow_to_the_end(options, *tracefs, *programs, reader, *signals, *target);
      !followed)
    return tl::unexpected(std::move(followed).error());

  events::StreamEnd end;
  end.exit_status = target->wait();
  programs->stop();
  if (auto finished = reader.finish(end); !finished)
    return tl::unexpected(std::move(finished).error());
  if (auto counted = programs->count(end); !counted)
    return tl::unexpected(std::move(counted).error());
  end.time_ns = boot_time_ns();
  sink.end(end);
  if (!started) return tl::unexpected(started.error());
  return end.exit_status;
}

} // namespace vitrine::tracer
