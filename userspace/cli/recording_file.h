// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/events/recording_writer.h"

#include <memory>
#include <string>

namespace vitrine::cli {

/// The file of `trace -o`.
class RecordingFile {
public:
  /// A new file can be read by its owner only: arguments and environment have secrets. One that is
  /// there keeps its mode, and what it holds until the stream starts.
  static Result<std::unique_ptr<RecordingFile>> open(const std::string& path);

  [[nodiscard]] events::RecordingSink& sink() { return sink_; }

  /// Writes what waits and says whether all was written. A new file in which nothing was recorded
  /// is removed.
  Result<void> finish();

private:
  RecordingFile(std::string path, UniqueFd fd, bool created)
      : path_(std::move(path)), fd_(std::move(fd)), created_(created), sink_(fd_.get()) {}

  std::string path_;
  UniqueFd fd_;
  bool created_;
  events::RecordingSink sink_;
};

} // namespace vitrine::cli
