// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/view.h"
#include "userspace/world/attribution.h"

#include <string>

namespace vitrine::output {

/// Writes a stream as JSON lines (docs/schemas/trace-event.schema.json), but for events that belong
/// to others: these are counted. Lines wait in a buffer until it is large, flush() is called or the
/// stream ends.
class NdjsonSink final : public View {
public:
  /// `fd` is borrowed and must outlive the sink. The program ignores SIGPIPE. `selected`: the
  /// events that get lines.
  explicit NdjsonSink(int fd, const events::EventSet& selected = events::EventSet().set())
      : fd_(fd), attribution_(selected) {}

  void start(const events::StreamStart& start) override;
  void event(const events::Record& record) override;
  void container(const events::ContainerNote& note) override;
  void pause() override {}
  void end(const events::StreamEnd& end) override;

  void flush() override;
  [[nodiscard]] const Result<void>& status() const override { return status_; }

private:
  void add_line(const std::string& line);

  int fd_;
  events::StreamStart start_;
  world::Attribution attribution_;
  std::string buffer_;
  Result<void> status_;
};

} // namespace vitrine::output
