// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/snapshot_source.h"

#include "userspace/base/read_all.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/inspector/inspector.h"
#include "userspace/objects/snapshot_json.h"

#include <fcntl.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

// 20,000 processes take a tenth of it. A hostile document takes up to ten times its size in memory.
constexpr std::size_t kLargestSnapshot = std::size_t{256} << 20;

Result<std::string> read_document(const std::string& from) {
  if (from == "-") return read_all(STDIN_FILENO, "standard input", kLargestSnapshot);
  auto file = open_at(AT_FDCWD, from, O_RDONLY | O_NOCTTY);
  if (!file) return tl::unexpected(std::move(file).error());
  return read_all(file->get(), escape_text(from), kLargestSnapshot);
}

Result<objects::Snapshot> look_at_host(query::TableSet tables) {
  using query::Table;
  auto inspector = inspector::Inspector::open({});
  if (!inspector) return tl::unexpected(std::move(inspector).error());
  return inspector->take({.processes = tables.has(Table::processes),
                          .namespaces = tables.has(Table::namespaces),
                          .mounts = tables.has(Table::mounts),
                          .cgroups = tables.has(Table::cgroups),
                          .layers = tables.has(Table::layers),
                          .containers = tables.has(Table::containers),
                          .networks = tables.has(Table::networks)});
}

} // namespace

Result<objects::Snapshot> take_snapshot(const std::string& from, query::TableSet tables) {
  if (from.empty()) return look_at_host(tables);
  const auto document = read_document(from);
  if (!document) return tl::unexpected(document.error());
  auto snapshot = objects::read_snapshot(*document);
  if (!snapshot) return context(std::move(snapshot).error(), "{}", escape_text(from));
  return snapshot;
}

void report_unseen(const objects::Snapshot& snapshot) {
  std::string text;
  for (const objects::SourceError& error : snapshot.errors)
    text += fmt::format("vitrine: not seen: {}: {}{}\n", escape_text(error.source),
                        escape_text(error.error),
                        error.count > 1 ? fmt::format(" ({} times)", error.count) : "");
  static_cast<void>(write_all(STDERR_FILENO, text)); // nobody is left to tell
}

} // namespace vitrine::cli
