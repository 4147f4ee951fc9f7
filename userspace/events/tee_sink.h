// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"

namespace vitrine::events {

/// Gives each call to two sinks.
class TeeSink final : public Sink {
public:
  /// Both are borrowed.
  TeeSink(Sink& first, Sink& second) : first_(first), second_(second) {}

  void start(const StreamStart& start) override {
    first_.start(start);
    second_.start(start);
  }
  void event(const Record& record) override {
    first_.event(record);
    second_.event(record);
  }
  void container(const ContainerNote& note) override {
    first_.container(note);
    second_.container(note);
  }
  void pause() override {
    first_.pause();
    second_.pause();
  }
  void end(const StreamEnd& end) override {
    first_.end(end);
    second_.end(end);
  }

private:
  Sink& first_;
  Sink& second_;
};

} // namespace vitrine::events
