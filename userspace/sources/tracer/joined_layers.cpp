// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/joined_layers.h"

#include "userspace/events/schema.h"
#include "userspace/kernel/overlay_options.h"

#include <cstring>

namespace vitrine::tracer {

void split_joined_layers(std::vector<std::byte>& record) {
  if (record.size() < sizeof(ev_header)) return;
  ev_header header = {};
  std::memcpy(&header, record.data(), sizeof header);
  const events::EventSchema* schema = events::find_event(header.type);
  if (schema == nullptr || record.size() < schema->fixed_size) return;
  for (const events::FieldSchema& field : schema->fields) {
    if (field.name != "overlay_lower") continue;
    ev_string string = {};
    std::memcpy(&string, record.data() + field.offset, sizeof string);
    if (std::size_t{string.offset} + string.length > record.size()) return;
    string.length = static_cast<__u16>(kernel::split_lower_directories(
        reinterpret_cast<char*>(record.data()) + string.offset, string.length));
    std::memcpy(record.data() + field.offset, &string, sizeof string);
  }
}

} // namespace vitrine::tracer
