// SPDX-License-Identifier: Apache-2.0
// Whatever bytes a recording holds: decoding refuses them or gives a record that every view
// survives.
#include "userspace/events/json.h"
#include "userspace/events/record.h"
#include "userspace/events/text.h"
#include "userspace/world/attribution.h"
#include "userspace/world/container_hint.h"
#include "userspace/world/world.h"

#include <nlohmann/json.hpp>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vitrine;
  const auto record = events::Record::decode(std::as_bytes(std::span(data, size)));
  if (!record) return 0;
  const events::StreamStart start;
  (void)events::event_json(*record, start).dump(); // throws for text that is not UTF-8
  (void)events::call_text(*record, start);
  world::World world;
  apply(world, *record);
  world::Attribution attribution;
  attribution.start(start);
  (void)attribution.of(*record);
  (void)world::container_hints(*record);
  return 0;
}
