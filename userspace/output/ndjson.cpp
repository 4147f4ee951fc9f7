// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/ndjson.h"

#include "userspace/base/unique_fd.h"
#include "userspace/events/json.h"

#include <nlohmann/json.hpp>

namespace vitrine::output {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

/// Compact; text that slipped in without being UTF-8 is replaced, never thrown.
std::string line_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

void NdjsonSink::start(const events::StreamStart& start) {
  start_ = start;
  attribution_.start(start);
  add_line(line_of(events::start_json(start)));
}

void NdjsonSink::event(const events::Record& record) {
  const events::Belonging belonging = attribution_.of(record);
  if (belonging.shown) add_line(line_of(events::event_json(record, start_, belonging)));
}

void NdjsonSink::container(const events::ContainerNote& note) {
  if (attribution_.learn(note)) add_line(line_of(events::container_json(note, start_)));
}

void NdjsonSink::end(const events::StreamEnd& end) {
  add_line(
      line_of(events::end_json(attribution_.selected_counts(end), start_, attribution_.hidden())));
  flush();
}

void NdjsonSink::add_line(const std::string& line) {
  if (!status_) return;
  buffer_ += line;
  buffer_ += '\n';
  if (buffer_.size() >= kBufferSize) flush();
}

void NdjsonSink::flush() {
  if (!status_) return;
  if (auto written = write_all(fd_, buffer_); !written)
    status_ = os_error(written.error().code, "write events");
  buffer_.clear();
}

} // namespace vitrine::output
