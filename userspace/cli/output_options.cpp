// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/output_options.h"

#include "userspace/cli/terminal_style.h"
#include "userspace/output/ndjson.h"
#include "userspace/output/text_sink.h"

#include <fmt/ranges.h>

#include <csignal>

#include <unistd.h>

namespace vitrine::cli {
namespace {

output::Detail detail_of(const OutputOptions& options) {
  if (options.summary) return output::Detail::summary;
  if (options.quiet) return output::Detail::phases;
  if (options.verbose == 0) return output::Detail::steps;
  return options.verbose == 1 ? output::Detail::events : output::Detail::calls;
}

} // namespace

void declare_output_options(CLI::App& app, OutputOptions& options) {
  app.add_option("-e,--events", options.events,
                 fmt::format("Only these categories or events, separated by commas; ! in front "
                             "leaves out. Categories: {}",
                             fmt::join(events::all_categories(), " ")))
      ->type_name("LIST");
  app.add_option("--format", options.format, "How the trace is written (default text)")
      ->check(CLI::IsMember({"text", "ndjson"}))
      ->type_name("text|ndjson");
  auto* quiet = app.add_flag("-q,--quiet", options.quiet, "Phases, failures and the summary only");
  auto* verbose = app.add_flag("-v,--verbose", options.verbose,
                               "Every event as a step; twice: with the raw call");
  auto* summary = app.add_flag("--summary", options.summary, "The summary only");
  quiet->excludes(verbose)->excludes(summary);
  verbose->excludes(summary);
  app.add_option("--color", options.colour, "Colours (default auto)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("auto|always|never");
}

Result<events::EventSet> selected_events(const OutputOptions& options) {
  if (options.events.empty()) return events::EventSet().set();
  return events::select_events(options.events);
}

bool is_json(const OutputOptions& options) {
  return options.format == "ndjson";
}

std::unique_ptr<output::View> make_view(const OutputOptions& options,
                                        const events::EventSet& selected) {
  if (is_json(options)) return std::make_unique<output::NdjsonSink>(STDOUT_FILENO, selected);
  return std::make_unique<output::TextSink>(
      STDOUT_FILENO, output::TextOptions{terminal_style(STDOUT_FILENO, options.colour),
                                         detail_of(options), selected});
}

void block_write_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  sigaddset(&set, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace vitrine::cli
