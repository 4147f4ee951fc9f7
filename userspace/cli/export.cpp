// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/export.h"

#include "userspace/base/scope_exit.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/cli/output_options.h"
#include "userspace/cli/snapshot_source.h"
#include "userspace/objects/snapshot_json.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr const char* kFooter =
    R"(All tables of this host as one document, as docs/schemas/snapshot.schema.json describes it. Every command
that lists, and inspect, reads it with --from, on any machine and without privileges. What could not be
seen is null, and counted in "errors". Command lines and labels may hold secrets: FILE can be read by its
owner only.

Examples:
  sudo vitrine export -o host.json && vitrine containers --from host.json
  sudo vitrine export | jq '.namespaces[] | select(.processes == 0)'
  ssh web1 sudo vitrine export | vitrine inspect --from - web
)";

struct ExportOptions {
  std::string output;
};

/// A new file takes the place of the old one when it is whole.
Result<void> replace_file(const std::string& path, std::string_view text) {
  std::string draft = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(draft.data(), O_CLOEXEC));
  if (!fd.valid()) return os_error(errno, "create a file beside {}", escape_text(path));
  ScopeExit remove([&] { ::unlink(draft.c_str()); });
  if (auto written = write_all(fd.get(), text); !written)
    return context(std::move(written).error(), "write {}", escape_text(path));
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return os_error(errno, "replace {}", escape_text(path));
  remove.dismiss();
  return {};
}

/// Into what is no file, such as a pipe, or into a file.
Result<void> write_document(const std::string& path, std::string_view text) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode))
    return replace_file(path, text);
  auto fd = open_at(AT_FDCWD, path, O_WRONLY | O_NOCTTY);
  if (!fd) return tl::unexpected(std::move(fd).error());
  if (auto written = write_all(fd->get(), text); !written)
    return context(std::move(written).error(), "write {}", escape_text(path));
  return {};
}

int run_export(const ExportOptions& options, const Arguments& arguments) {
  if (!arguments.rest.empty())
    return report({0, fmt::format("export: what is \"{}\"?", escape_text(arguments.rest.front())),
                   "vitrine export --help"},
                  kUsage);
  block_write_signals();
  const auto snapshot = take_snapshot({}, query::kEveryTable);
  if (!snapshot) return report(snapshot.error());
  report_unseen(*snapshot);
  const std::string text = objects::snapshot_json(*snapshot).dump(1) + "\n";
  if (options.output.empty() || options.output == "-") return print(text);
  if (const auto written = write_document(options.output, text); !written)
    return report(written.error());
  return 0;
}

} // namespace

void declare_export(Parser& parser) {
  const auto options = std::make_shared<ExportOptions>();
  parser.app.add_option("-o,--output", options->output, "Into this file, which is replaced")
      ->type_name("FILE");
  parser.footer = kFooter;
  parser.run = [options](const Arguments& arguments) { return run_export(*options, arguments); };
}

} // namespace vitrine::cli
