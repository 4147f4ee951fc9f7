// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/recording_file.h"

#include "userspace/base/text_escape.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr int kFlags = O_WRONLY | O_CREAT | O_NOCTTY;
constexpr unsigned kMode = 0600;

} // namespace

Result<std::unique_ptr<RecordingFile>> RecordingFile::open(const std::string& path) {
  auto fd = open_at(AT_FDCWD, path, kFlags | O_EXCL, kMode);
  const bool created = fd.has_value();
  if (!created && fd.error().code == EEXIST) fd = open_at(AT_FDCWD, path, kFlags, kMode);
  if (!fd) return tl::unexpected(std::move(fd).error());
  return std::unique_ptr<RecordingFile>(new RecordingFile(path, *std::move(fd), created));
}

Result<void> RecordingFile::finish() {
  sink_.flush();
  if (!sink_.started() && created_) ::unlink(path_.c_str());
  if (sink_.status()) return {};
  return context(sink_.status().error(), "the recording {} is not whole", escape_text(path_));
}

} // namespace vitrine::cli
