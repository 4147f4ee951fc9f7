// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/record.h"

#include <cstring>

namespace vitrine::events {
namespace {

template<class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// An empty string may point anywhere: its offset is never used.
bool is_inside_tail(const ev_string& string, std::size_t fixed_size, std::size_t record_size) {
  if (string.length == 0) return true;
  return string.offset >= fixed_size && std::size_t{string.offset} + string.length <= record_size;
}

} // namespace

Result<Record> Record::decode(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(ev_header))
    return failure("record of {} bytes: the header alone has {}", bytes.size(), sizeof(ev_header));
  const auto header = load<ev_header>(bytes, 0);
  if (header.size != bytes.size())
    return failure("record of {} bytes: its header says {}", bytes.size(), header.size);
  const EventSchema* schema = find_event(header.type);
  if (schema == nullptr) return failure("record of unknown type {}", header.type);
  if (bytes.size() < schema->fixed_size)
    return failure("{} record of {} bytes: its fields alone have {}", schema->full_name,
                   bytes.size(), schema->fixed_size);
  for (const FieldSchema& field : schema->fields) {
    if (!field.is_string) continue;
    const auto string = load<ev_string>(bytes, field.offset);
    if (!is_inside_tail(string, schema->fixed_size, bytes.size()))
      return failure("{} record of {} bytes: {} at {} with {} bytes is not in its tail",
                     schema->full_name, bytes.size(), field.name, string.offset, string.length);
  }
  Record record;
  record.schema_ = schema;
  record.bytes_.assign(bytes.begin(), bytes.end());
  return record;
}

// operator new aligns enough for every record (static_assert in schema.cpp), whatever the input
// did: the bytes can be looked at as what they are.
const ev_header& Record::header() const {
  return *reinterpret_cast<const ev_header*>(bytes_.data());
}

RecordString Record::string(const ev_string& string) const {
  // No string was ever put there: the call had none to give, or ended before it was read.
  if (string.offset == 0) return {{}, VITRINE_STRING_ABSENT};
  if (string.length == 0) return {{}, string.state};
  const auto* text = reinterpret_cast<const char*>(bytes_.data()) + string.offset;
  return {{text, string.length}, string.state};
}

} // namespace vitrine::events
