// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/sources/engines/names.h"

#include <functional>
#include <vector>

namespace vitrine::engines {

/// Stands in front of another sink and puts what engines tell about containers into the stream, as
/// soon as it is known.
class NamingSink : public events::Sink {
public:
  using Hints = std::function<std::vector<events::ContainerHint>(const events::Record&)>;

  /// `hints` tells which containers a record speaks of. `names` and `next` are borrowed.
  NamingSink(Names& names, Hints hints, events::Sink& next);

  void start(const events::StreamStart& start) override;
  void event(const events::Record& record) override;
  void container(const events::ContainerNote& note) override;
  void pause() override;
  void end(const events::StreamEnd& end) override;

private:
  void give_notes();

  Names& names_;
  Hints hints_;
  events::Sink& next_;
};

} // namespace vitrine::engines
