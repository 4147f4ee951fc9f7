// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/recording_reader.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/json.h"
#include "userspace/events/recording_coding.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include <unistd.h>
#include <zstd.h>

namespace vitrine::events {
namespace {

using namespace recording;

constexpr std::size_t kReadSize = std::size_t{64} << 10;
constexpr std::size_t kItemHead = sizeof(Item) + sizeof(std::uint32_t);

template<class T>
T integer_at(std::string_view bytes, std::size_t offset) {
  T value = {};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view major_of(std::string_view version) {
  return version.substr(0, version.find('.'));
}

tl::unexpected<Error> other_version(std::string_view what, std::string_view version) {
  return with_hint(failure("made by another version of vitrine, with {} {}", what, version),
                   "replay it with the version that made it");
}

} // namespace

tl::unexpected<Error> RecordingReader::cut_off() const {
  return with_hint(failure("cut off at byte {}: its end is missing", offset_),
                   "what is before is whole; if it is still being recorded, try again later");
}

tl::unexpected<Error> RecordingReader::damaged(std::string_view how) const {
  return with_hint(failure("damaged at byte {}: {}", block_at_, how),
                   "what is before is whole; take another copy of the file, or record anew");
}

Result<bool> RecordingReader::read_block(Sink& sink) {
  const auto give_block = [&]() -> Result<void> {
    if (offset_ == 0)
      if (auto head = read_head(); !head) return head;
    block_at_ = offset_;
    if (auto frame = read_frame(); !frame) return frame;
    if (auto plain = decompress(); !plain) return plain;
    for (std::string_view rest = items_; !rest.empty();) {
      if (rest.size() < kItemHead) return damaged("an item is not whole");
      const auto kind = integer_at<std::uint16_t>(rest, 0);
      const auto size = integer_at<std::uint32_t>(rest, sizeof kind);
      rest.remove_prefix(kItemHead);
      if (size > rest.size()) return damaged("an item is not whole");
      if (auto given = give(sink, kind, rest.substr(0, size)); !given) return given;
      rest.remove_prefix(size);
    }
    return {};
  };
  auto given = give_block();
  if (given) return !ended_;
  if (started_ && !ended_) {
    StreamEnd end;
    end.complete = false;
    end.time_ns = last_ns_;
    end.received = events_;
    sink.end(end);
    ended_ = true;
  }
  return tl::unexpected(std::move(given).error());
}

Result<void> RecordingReader::read_exactly(std::string& bytes, std::size_t size) {
  bytes.clear();
  while (bytes.size() < size) {
    // Memory only for what has come: the size may be anything.
    const std::size_t had = bytes.size();
    bytes.resize(had + std::min(size - had, kReadSize));
    const ssize_t count = ::read(fd_, bytes.data() + had, bytes.size() - had);
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error(errno, "read");
    offset_ += static_cast<std::size_t>(count);
    if (count == 0) return cut_off();
  }
  return {};
}

Result<void> RecordingReader::read_head() {
  std::string head;
  auto whole = read_exactly(head, kHeadSize);
  if (!whole && whole.error().code != 0) return whole;
  if (head.empty()) return with_hint(failure("empty"), "nothing was recorded, or not yet");
  const std::string_view magic = std::string_view(head).substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size()))
    return with_hint(failure("not a recording of vitrine"),
                     "make one: vitrine trace -o FILE -- COMMAND");
  if (!whole) return whole;
  const auto major = integer_at<std::uint16_t>(head, kMagic.size());
  const auto minor = integer_at<std::uint16_t>(head, kMagic.size() + sizeof major);
  if (major != kMajor) return other_version("format", fmt::format("{}.{}", major, minor));
  return {};
}

Result<void> RecordingReader::read_frame() {
  if (auto read = read_exactly(frame_, sizeof(std::uint32_t)); !read) return read;
  const auto size = integer_at<std::uint32_t>(frame_, 0);
  if (size > ZSTD_compressBound(kLargestBlock)) return damaged("no block is that long");
  return read_exactly(frame_, size);
}

Result<void> RecordingReader::decompress() {
  const auto size = ZSTD_getFrameContentSize(frame_.data(), frame_.size());
  if (size > kLargestBlock ||
      ZSTD_findFrameCompressedSize(frame_.data(), frame_.size()) != frame_.size())
    return damaged("not a block");
  items_.resize(size);
  const std::size_t done =
      ZSTD_decompress(items_.data(), items_.size(), frame_.data(), frame_.size());
  if (ZSTD_isError(done) != 0) return damaged(ZSTD_getErrorName(done));
  if (done != size) return damaged("a block is not whole");
  return {};
}

template<class T>
Result<T> RecordingReader::decode(std::string_view bytes) const {
  T structure;
  if (!Decoder(bytes).fields(structure)) return damaged("an item cannot be understood");
  return structure;
}

Result<void> RecordingReader::give(Sink& sink, std::uint16_t kind, std::string_view bytes) {
  const auto item = static_cast<Item>(kind);
  if (ended_) return damaged("something follows the end");
  if (item == Item::schema) return take_schema(bytes);
  if (!has_schema_ || (item == Item::start) == started_)
    return damaged("its items are not in order");
  switch (item) {
  case Item::schema:
    return {};
  case Item::start: {
    const auto start = decode<StreamStart>(bytes);
    if (!start) return tl::unexpected(start.error());
    started_ = true;
    last_ns_ = start->time_ns;
    sink.start(*start);
    return {};
  }
  case Item::event:
    return give_event(sink, bytes);
  case Item::container: {
    const auto note = decode<ContainerNote>(bytes);
    if (!note) return tl::unexpected(note.error());
    sink.container(*note);
    return {};
  }
  case Item::pause:
    sink.pause();
    return {};
  case Item::end: {
    const auto end = decode<StreamEnd>(bytes);
    if (!end) return tl::unexpected(end.error());
    ended_ = true;
    sink.end(*end);
    return {};
  }
  }
  ++skipped_;
  return {};
}

Result<void> RecordingReader::take_schema(std::string_view bytes) {
  const auto schema = decode<Schema>(bytes);
  if (!schema) return tl::unexpected(schema.error());
  if (has_schema_) return damaged("its items are not in order");
  if (major_of(schema->version) != major_of(kTraceSchemaVersion))
    return other_version("events of schema", escape_text(schema->version));
  has_schema_ = true;
  for (const EventSize& event : schema->events)
    if (event.type < fixed_sizes_.size()) fixed_sizes_[event.type] = event.fixed_size;
  return {};
}

Result<void> RecordingReader::give_event(Sink& sink, std::string_view bytes) {
  if (bytes.size() < sizeof(ev_header)) return damaged("an event is not whole");
  const EventSchema* schema =
      find_event(integer_at<std::uint16_t>(bytes, offsetof(ev_header, type)));
  // Fields that an older version did not have would be read from the bytes behind them. A newer
  // version's lie behind ours.
  if (schema == nullptr || fixed_sizes_[schema->type] < schema->fixed_size) {
    ++skipped_;
    return {};
  }
  const auto record = Record::decode(std::as_bytes(std::span(bytes)));
  if (!record) return damaged(record.error().what);
  ++events_;
  last_ns_ = std::max<std::uint64_t>(last_ns_, record->header().time_ns);
  sink.event(*record);
  return {};
}

} // namespace vitrine::events
