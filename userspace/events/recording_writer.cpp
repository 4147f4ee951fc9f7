// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/recording_writer.h"

#include "userspace/base/unique_fd.h"
#include "userspace/events/json.h"
#include "userspace/events/recording_coding.h"

#include <unistd.h>
#include <zstd.h>

namespace vitrine::events {
namespace {

using namespace recording;

constexpr auto kPatience = std::chrono::milliseconds(200);

Schema own_schema() {
  Schema schema{std::string(kTraceSchemaVersion), {}};
  for (const EventSchema& event : all_events())
    schema.events.push_back({static_cast<std::uint16_t>(event.type), event.fixed_size});
  return schema;
}

} // namespace

RecordingSink::RecordingSink(int fd) : fd_(fd), compressor_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
  ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_checksumFlag, 1);
}

RecordingSink::~RecordingSink() = default;

/// One item: its kind, then what it holds behind its size, as the coder writes structs and strings.
void RecordingSink::add(const auto&... values) {
  if (!status_) return;
  if (items_.empty()) first_added_ = std::chrono::steady_clock::now();
  Encoder{items_}(values...);
  if (items_.size() >= kUsualBlock) flush();
}

void RecordingSink::start(const StreamStart& start) {
  started_ = true;
  // Fails for what is no file, and holds nothing old.
  static_cast<void>(::ftruncate(fd_, 0));
  std::string head(kMagic);
  Encoder{head}(kMajor, kMinor);
  status_ = write_all(fd_, head);
  add(Item::schema, own_schema());
  add(Item::start, start);
  flush();
}

void RecordingSink::event(const Record& record) {
  const auto bytes = record.bytes();
  add(Item::event, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void RecordingSink::container(const ContainerNote& note) {
  add(Item::container, note);
}

void RecordingSink::pause() {
  add(Item::pause, std::string_view());
  flush();
}

void RecordingSink::end(const StreamEnd& end) {
  add(Item::end, end);
  flush();
}

void RecordingSink::flush_old() {
  if (!items_.empty() && std::chrono::steady_clock::now() - first_added_ >= kPatience) flush();
}

void RecordingSink::flush() {
  if (status_ && !items_.empty()) status_ = write_block();
  items_.clear();
}

Result<void> RecordingSink::write_block() {
  if (items_.size() > kLargestBlock)
    return failure("an entry of {} bytes is larger than a recording may hold", items_.size());
  constexpr std::size_t kSizeBytes = sizeof(std::uint32_t);
  block_.resize(kSizeBytes + ZSTD_compressBound(items_.size()));
  const std::size_t size = ZSTD_compress2(compressor_.get(), block_.data() + kSizeBytes,
                                          block_.size() - kSizeBytes, items_.data(), items_.size());
  if (ZSTD_isError(size) != 0) return failure("compress: {}", ZSTD_getErrorName(size));
  block_.resize(kSizeBytes + size);
  std::string head;
  Encoder{head}(static_cast<std::uint32_t>(size));
  block_.replace(0, kSizeBytes, head);
  return write_all(fd_, block_);
}

} // namespace vitrine::events
