// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/trace.h"

#include "userspace/base/text_escape.h"
#include "userspace/cli/output_options.h"
#include "userspace/cli/recording_file.h"
#include "userspace/events/tee_sink.h"
#include "userspace/sources/engines/engines.h"
#include "userspace/sources/engines/naming_sink.h"
#include "userspace/sources/tracer/tracer.h"
#include "userspace/world/attribution.h"
#include "userspace/world/container_hint.h"

#include <bit>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr std::uint64_t kLeastBuffer = 4096;
constexpr std::uint64_t kMostBuffer = std::uint64_t{1} << 30;

constexpr const char* kFooter =
    R"(The options end at the first word that is none: the command's own options are the command's.
"trace run ..." traces vitrine's own runtime; for a program called run, write "trace -- run".

The story goes to standard output, where the command's own output goes too. With --format ndjson
the command's standard output becomes vitrine's standard error, so that every line is JSON.
Exit status: the command's own; 128+N when signal N ended it; 126 or 127 when it could not be run.

Examples:
  vitrine trace -- unshare --mount --pid --fork true
  vitrine trace run demo true
  vitrine trace -- docker run --rm alpine true
  vitrine trace --container web --for 30s
  vitrine trace -q -- runc run --bundle DIR NAME
  vitrine trace -e mount,namespace -vv -- crun run --bundle DIR NAME
  vitrine trace --format ndjson -- COMMAND >trace.ndjson
  vitrine trace -q -o start.vitrine -- COMMAND; vitrine replay -v start.vitrine
)";

struct TraceOptions {
  std::string container;
  std::uint32_t pid = 0;
  bool all = false;
  std::string follow_daemons = "auto";
  std::string limit;
  OutputOptions output;
  std::string recording;
  std::uint64_t buffer_bytes = std::uint64_t{16} << 20;
};

/// "run" as the first word means our runtime, unless it stands behind "--".
std::vector<std::string> command_of(const Arguments& arguments) {
  std::vector<std::string> command = arguments.rest;
  if (arguments.dashes || command.front() != "run") return command;
  std::string self(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
  self.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  // The link itself still works when the file was replaced since.
  if (self.empty() || ::access(self.c_str(), X_OK) != 0) self = "/proc/self/exe";
  command.insert(command.begin(), std::move(self));
  return command;
}

events::FollowDaemons follow_daemons_of(const TraceOptions& options) {
  if (options.follow_daemons == "no") return events::FollowDaemons::no;
  return options.follow_daemons == "all" ? events::FollowDaemons::all
                                         : events::FollowDaemons::automatic;
}

/// "10", "10s", "1.5m", "200ms", "2h": nanoseconds.
std::optional<std::uint64_t> parse_duration(const std::string& text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"m", 60e9}, {"h", 3600e9}};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value > 0) || value > 1e6) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, nanoseconds] : kUnits)
    if (unit == name) return static_cast<std::uint64_t>(value * nanoseconds);
  return std::nullopt;
}

/// The command's status, unless vitrine itself failed. A reader who has gone is no failure.
int exit_status(const Result<int>& traced, const Result<void>& shown,
                const Result<void>& recorded) {
  if (!recorded) report(recorded.error());
  if (!traced && tracer::is_not_executed(traced.error()))
    return report(traced.error(), traced.error().code == ENOENT ? 127 : 126);
  if (!traced) return report(traced.error());
  if (!shown && shown.error().code != EPIPE) return report(shown.error());
  return recorded ? *traced : kFailed;
}

/// Shows the trace, and records it when there is a file for that.
int trace_into(const OutputOptions& output, const events::EventSet& selected, RecordingFile* file,
               engines::Names& names, tracer::Options options) {
  const auto view = make_view(output, selected);
  if (is_json(output)) options.command_stdout = STDERR_FILENO;
  if (file == nullptr) {
    engines::NamingSink naming(names, world::ContainerHints(), *view);
    options.on_idle = [&] { view->flush(); };
    const Result<int> traced = tracer::trace(options, naming);
    return exit_status(traced, view->status(), {});
  }
  events::TeeSink both(file->sink(), *view);
  engines::NamingSink naming(names, world::ContainerHints(), both);
  options.on_idle = [&] {
    view->flush();
    file->sink().flush_old();
  };
  const Result<int> traced = tracer::trace(options, naming);
  return exit_status(traced, view->status(), file->finish());
}

/// The container's first process, and its names as the first that are told.
Result<void> choose_container(tracer::Options& options, const std::string& word,
                              engines::Names& names) {
  const auto found = engines::find(word);
  if (!found) return tl::unexpected(found.error());
  if (found->init_pid == 0)
    return with_hint(failure("the container \"{}\" is not running", escape_text(word)),
                     "start it under trace: vitrine trace -- docker start ...");
  options.scope = events::Scope::container;
  options.pid = found->init_pid;
  options.command = {"--container", word};
  names.want({.engine = found->engine,
              .id = found->id,
              .socket = {},
              .pid = found->init_pid,
              .directories = {}});
  return {};
}

Result<void> choose_target(tracer::Options& options, const TraceOptions& asked,
                           const Arguments& arguments, engines::Names& names) {
  if (!asked.container.empty()) return choose_container(options, asked.container, names);
  if (asked.all) {
    options.scope = events::Scope::all;
    options.command = {"--all"};
  } else if (asked.pid != 0) {
    options.scope = events::Scope::process;
    options.pid = asked.pid;
    options.command = {"--pid", fmt::format("{}", asked.pid)};
  } else {
    options.command = command_of(arguments);
  }
  return {};
}

int run_trace(const TraceOptions& asked, const Arguments& arguments) {
  const auto usage = [](std::string what, std::string hint) {
    return report({0, "trace: " + std::move(what), std::move(hint)}, kUsage);
  };
  const int targets = (arguments.rest.empty() ? 0 : 1) + (asked.container.empty() ? 0 : 1) +
                      (asked.pid != 0 ? 1 : 0) + (asked.all ? 1 : 0);
  if (targets == 0)
    return usage("nothing to trace", "vitrine trace -- COMMAND..., or vitrine trace --help");
  if (targets > 1)
    return usage("more than one thing to trace",
                 "give a command, --container, --pid or --all, not several of them");
  tracer::Options options;
  if (!asked.limit.empty()) {
    options.limit_ns = parse_duration(asked.limit);
    if (!options.limit_ns)
      return usage(fmt::format("--for \"{}\" is no duration", escape_text(asked.limit)),
                   "for example --for 10s, 1.5m or 200ms");
  }
  if (!std::has_single_bit(asked.buffer_bytes) || asked.buffer_bytes < kLeastBuffer ||
      asked.buffer_bytes > kMostBuffer)
    return usage("--buffer must be a power of two from 4K to 1G", "for example --buffer 64M");
  auto selected = selected_events(asked.output);
  if (!selected) return usage(selected.error().what, selected.error().hint);
  options.events = *selected | world::Attribution::needs();
  auto names = engines::Names::start();
  if (!names) return report(names.error());
  if (auto chosen = choose_target(options, asked, arguments, *names); !chosen)
    return report(chosen.error());
  options.follow_daemons = follow_daemons_of(asked);
  options.buffer_bytes = asked.buffer_bytes;
  std::unique_ptr<RecordingFile> file;
  if (!asked.recording.empty()) {
    auto opened = RecordingFile::open(asked.recording);
    if (!opened) return report(opened.error());
    file = *std::move(opened);
  }
  block_write_signals();
  return trace_into(asked.output, *selected, file.get(), *names, std::move(options));
}

} // namespace

void declare_trace(Parser& parser) {
  const auto options = std::make_shared<TraceOptions>();
  CLI::App& app = parser.app;
  app.add_option("--container", options->container,
                 "Follow a container that runs already: its name or id, or how its id begins")
      ->type_name("NAME");
  app.add_option("--pid", options->pid, "Follow a process that runs already, with its children")
      ->check(CLI::Range(1U, 1U << 22))
      ->type_name("PID");
  app.add_flag("--all", options->all, "Follow every process of the host");
  app.add_option("--for", options->limit, "End after so long, for example 10s, 1.5m or 200ms")
      ->type_name("DURATION");
  app.add_option("--follow-daemons", options->follow_daemons,
                 "Follow the daemons that are spoken to: what they do for it, not at all, or "
                 "whatever they do (default auto)")
      ->check(CLI::IsMember({"auto", "no", "all"}))
      ->type_name("auto|no|all");
  declare_output_options(app, options->output);
  app.add_option("-o,--output", options->recording,
                 "Record the trace as well, for vitrine replay; a file that is there is replaced")
      ->type_name("FILE");
  app.add_option("--buffer", options->buffer_bytes,
                 "Size of the buffer between kernel and reader, a power of two (default 16M)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  parser.footer = kFooter;
  parser.run = [options](const Arguments& arguments) { return run_trace(*options, arguments); };
}

} // namespace vitrine::cli
