// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"

#include <chrono>
#include <memory>
#include <string>

struct ZSTD_CCtx_s;

namespace vitrine::events {

/// Records a stream, so that RecordingReader gives the same calls again: docs/recording.md. What
/// has been written can be read at once and outlives the program.
class RecordingSink final : public Sink {
public:
  /// `fd` is borrowed and must outlive the sink. A file loses what it held when the stream starts.
  explicit RecordingSink(int fd);
  ~RecordingSink() override;

  void start(const StreamStart& start) override;
  void event(const Record& record) override;
  void container(const ContainerNote& note) override;
  void pause() override;
  void end(const StreamEnd& end) override;

  /// Writes what has waited for 200 ms. Whoever feeds the sink calls it now and then.
  void flush_old();
  /// Writes what waits.
  void flush();

  [[nodiscard]] bool started() const { return started_; }
  /// The first write error; after it nothing is written.
  [[nodiscard]] const Result<void>& status() const { return status_; }

private:
  void add(const auto&... values);
  [[nodiscard]] Result<void> write_block();

  int fd_;
  bool started_ = false;
  std::string items_; // of the block that is being filled
  std::string block_; // as it is written
  std::chrono::steady_clock::time_point first_added_;
  std::unique_ptr<ZSTD_CCtx_s, std::size_t (*)(ZSTD_CCtx_s*)> compressor_;
  Result<void> status_;
};

} // namespace vitrine::events
