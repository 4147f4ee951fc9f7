// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/select.h"
#include "userspace/output/view.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace vitrine::cli {

/// How a stream of events is shown, live or recorded.
struct OutputOptions {
  std::string events;
  std::string format = "text";
  std::string colour = "auto";
  int verbose = 0;
  bool quiet = false;
  bool summary = false;
};

/// Adds -e, --format, -q, -v, --summary and --color. `options` must outlive `app`.
void declare_output_options(CLI::App& app, OutputOptions& options);

/// What -e asks for: when it was not given every event, also those not known here.
Result<events::EventSet> selected_events(const OutputOptions& options);

[[nodiscard]] bool is_json(const OutputOptions& options);

/// The view asked for, on standard output.
[[nodiscard]] std::unique_ptr<output::View> make_view(const OutputOptions& options,
                                                      const events::EventSet& selected);

/// Has a write to a pipe whose reader has gone, or past the limit of a file's size, fail and not
/// kill. The signals are blocked rather than ignored: an ignored signal would be ignored by a
/// command that is started, too, but the tracer gives it an empty mask.
void block_write_signals();

} // namespace vitrine::cli
