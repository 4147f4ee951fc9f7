// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/select.h"
#include "userspace/events/stream.h"

#include <algorithm>

namespace vitrine::events {

/// Gives on the selected events only, with counts at the end as if no other had been asked for.
class SelectingSink final : public Sink {
public:
  /// `sink` is borrowed.
  SelectingSink(Sink& sink, const EventSet& selected) : sink_(sink), selected_(selected) {}

  void start(const StreamStart& start) override { sink_.start(start); }
  void event(const Record& record) override {
    if (selected_.test(record.schema().type))
      sink_.event(record);
    else
      ++left_out_;
  }
  void container(const ContainerNote& note) override { sink_.container(note); }
  void pause() override { sink_.pause(); }
  void end(const StreamEnd& end) override {
    StreamEnd selected = end;
    for (std::size_t type = 0; type < selected_.size(); ++type)
      if (!selected_.test(type)) selected.emitted[type] = selected.lost[type] = 0;
    selected.received -= std::min(left_out_, selected.received);
    sink_.end(selected);
  }

private:
  Sink& sink_;
  EventSet selected_;
  std::uint64_t left_out_ = 0;
};

} // namespace vitrine::events
