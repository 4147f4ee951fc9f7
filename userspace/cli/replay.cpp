// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/replay.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/cli/output_options.h"
#include "userspace/events/recording_reader.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr const char* kFooter =
    R"(FILE is what "vitrine trace -o FILE" wrote; "-" is standard input. The output is, byte for byte, what
the trace printed with the same options, on whatever machine; it needs no privileges.
Exit status: 0; 1 when the file is damaged, no recording, or has no end; 2 for wrong usage.

Examples:
  sudo vitrine trace -o start.vitrine -- docker run --rm alpine true
  vitrine replay start.vitrine
  vitrine replay -vv -e mount start.vitrine
  vitrine replay --format ndjson start.vitrine | jq .type
)";

/// Shows the whole recording, or as much as the reader of the view wants.
Result<void> show(int fd, output::View& view, std::uint64_t& skipped) {
  events::RecordingReader reader(fd);
  for (bool more = true; more && view.status();) {
    auto read = reader.read_block(view);
    view.flush();
    skipped = reader.skipped();
    if (!read) return tl::unexpected(std::move(read).error());
    more = *read;
  }
  return {};
}

int run_replay(const OutputOptions& options, const Arguments& arguments) {
  if (arguments.rest.size() != 1)
    return report({0, "replay: one recording is needed", "vitrine replay --help"}, kUsage);
  const auto selected = selected_events(options);
  if (!selected)
    return report({0, "replay: " + selected.error().what, selected.error().hint}, kUsage);

  const std::string& path = arguments.rest.front();
  UniqueFd file;
  if (path != "-") {
    auto opened = open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY);
    if (!opened) return report(opened.error());
    file = *std::move(opened);
  }
  block_write_signals();
  const auto view = make_view(options, *selected);
  std::uint64_t skipped = 0;
  const auto shown = show(path == "-" ? STDIN_FILENO : file.get(), *view, skipped);
  // A reader who has gone is no failure.
  if (!view->status() && view->status().error().code == EPIPE) return 0;
  if (!view->status()) return report(view->status().error());
  if (skipped != 0)
    report({0,
            fmt::format("{}: {} entries of another version were passed over", escape_text(path),
                        skipped),
            "the version that recorded them shows them"});
  if (!shown) return report(context(shown.error(), "{}", escape_text(path)).value());
  return 0;
}

} // namespace

void declare_replay(Parser& parser) {
  const auto options = std::make_shared<OutputOptions>();
  declare_output_options(parser.app, *options);
  parser.footer = kFooter;
  parser.run = [options](const Arguments& arguments) { return run_replay(*options, arguments); };
}

} // namespace vitrine::cli
