// SPDX-License-Identifier: Apache-2.0
#include "userspace/inspector/snapshot_file.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/objects/snapshot_json.h"

#include <fcntl.h>

namespace vitrine::inspector {
namespace {

constexpr std::size_t kLargest = std::size_t{512} << 20; ///< of more than 100,000 processes

} // namespace

Result<objects::Snapshot> read_snapshot_file(const std::string& path) {
  const auto text = read_file_at(AT_FDCWD, path, kLargest);
  if (!text) return tl::unexpected(text.error());
  auto snapshot = objects::read_snapshot(*text);
  if (!snapshot) return context(std::move(snapshot).error(), "read {}", escape_text(path));
  return snapshot;
}

} // namespace vitrine::inspector
