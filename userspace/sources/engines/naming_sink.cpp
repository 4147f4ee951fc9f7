// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/naming_sink.h"

#include <utility>

namespace vitrine::engines {

NamingSink::NamingSink(Names& names, Hints hints, events::Sink& next)
    : names_(names), hints_(std::move(hints)), next_(next) {}

void NamingSink::give_notes() {
  for (const events::ContainerNote& note : names_.take())
    next_.container(note);
}

void NamingSink::start(const events::StreamStart& start) {
  next_.start(start);
}

void NamingSink::event(const events::Record& record) {
  for (events::ContainerHint& hint : hints_(record))
    names_.want(std::move(hint));
  give_notes();
  next_.event(record);
}

void NamingSink::container(const events::ContainerNote& note) {
  next_.container(note);
}

void NamingSink::pause() {
  give_notes();
  next_.pause();
}

void NamingSink::end(const events::StreamEnd& end) {
  give_notes();
  next_.end(end);
}

} // namespace vitrine::engines
