// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/joined_layers.h"

#include "userspace/events/schema.h"

#include <cstring>

namespace vitrine::tracer {

std::size_t split_joined_layers(char* text, std::size_t length) {
  std::size_t out = 0;
  for (std::size_t in = 0; in < length; ++in) {
    if (text[in] == '\\' && in + 1 < length)
      text[out++] = text[++in];
    else
      text[out++] = text[in] == ':' ? '\0' : text[in];
  }
  return out;
}

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
    string.length = static_cast<__u16>(
        split_joined_layers(reinterpret_cast<char*>(record.data()) + string.offset, string.length));
    std::memcpy(record.data() + field.offset, &string, sizeof string);
  }
}

} // namespace vitrine::tracer
