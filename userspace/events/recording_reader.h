// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"

#include <array>
#include <string>
#include <string_view>

namespace vitrine::events {

/// Gives the calls that a RecordingSink got to another sink. The file may come from anybody.
class RecordingReader {
public:
  /// `fd` is borrowed, a file or a pipe, and must outlive the reader.
  explicit RecordingReader(int fd) : fd_(fd) {}

  /// Gives on what the next block holds. True: there may be more; false: the stream has had its
  /// end. A recording that is cut off, damaged or none at all is an Error with the place; a sink
  /// that has had its start then gets an end that is not complete.
  Result<bool> read_block(Sink& sink);

  /// Events and other items that this version does not know, and passed over.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

private:
  Result<void> read_head();
  Result<void> read_frame();
  Result<void> decompress();
  Result<void> read_exactly(std::string& bytes, std::size_t size);
  Result<void> give(Sink& sink, std::uint16_t kind, std::string_view bytes);
  Result<void> take_schema(std::string_view bytes);
  Result<void> give_event(Sink& sink, std::string_view bytes);
  template<class T>
  Result<T> decode(std::string_view bytes) const;
  [[nodiscard]] tl::unexpected<Error> cut_off() const;
  [[nodiscard]] tl::unexpected<Error> damaged(std::string_view how) const;

  int fd_;
  std::uint64_t offset_ = 0;   // bytes read
  std::uint64_t block_at_ = 0; // where the block began
  std::string frame_;
  std::string items_;
  std::array<std::uint32_t, VITRINE_EVENT_LIMIT> fixed_sizes_ = {}; // as the recording has them
  bool has_schema_ = false;
  bool started_ = false;
  bool ended_ = false;
  std::uint64_t events_ = 0;
  std::uint64_t last_ns_ = 0;
  std::uint64_t skipped_ = 0;
};

} // namespace vitrine::events
