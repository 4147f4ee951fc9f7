// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_sink.h"

#include "userspace/base/unique_fd.h"

namespace vitrine::output {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

} // namespace

TextSink::TextSink(int fd, TextOptions options)
    : fd_(fd),
      text_(options, buffer_),
      story_({.every_event = options.detail >= Detail::events,
              .raw_calls = options.detail >= Detail::calls,
              .selected = options.selected},
             text_) {}

void TextSink::start(const events::StreamStart& start) {
  story_.start(start);
  flush();
}

void TextSink::event(const events::Record& record) {
  story_.event(record);
  if (buffer_.size() >= kBufferSize) flush();
}

void TextSink::end(const events::StreamEnd& end) {
  story_.end(end);
  flush();
}

void TextSink::flush() {
  if (status_)
    if (auto written = write_all(fd_, buffer_); !written)
      status_ = os_error(written.error().code, "write the story");
  buffer_.clear();
}

void TextSink::container(const events::ContainerNote& note) {
  story_.container(note);
}

void TextSink::pause() {
  story_.pause();
  flush();
}

} // namespace vitrine::output
