// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::events {

/// Makes the bytes that the kernel side would emit, for an event known only at run time. Numbers
/// are zero and strings absent until they are given.
class AnyRecordBuilder {
public:
  explicit AnyRecordBuilder(const EventSchema& schema) : fixed_(schema.fixed_size) {
    header().type = static_cast<__u16>(schema.type);
    header().pid = header().tid = 100;
    header().start_ns = 1;
    for (const FieldSchema& field : schema.fields)
      if (field.is_string) set(field.offset, ev_string{0, 0, VITRINE_STRING_ABSENT, 0});
  }

  ev_header& header() { return *reinterpret_cast<ev_header*>(fixed_.data()); }
  void comm(std::string_view name) {
    std::memset(header().comm, 0, sizeof header().comm);
    name.copy(header().comm, sizeof header().comm);
  }

  /// `value` is as large as the field at `offset`.
  template<class Value>
  void set(std::size_t offset, const Value& value) {
    std::memcpy(fixed_.data() + offset, &value, sizeof value);
  }
  /// `state`: vitrine_string_state bits.
  void string(std::size_t offset, std::string_view text, int state = 0) {
    const std::size_t start = fixed_.size() + tail_.size();
    set(offset, ev_string{static_cast<__u16>(start), static_cast<__u16>(text.size()),
                          static_cast<__u16>(state), 0});
    tail_.append(text);
  }

  [[nodiscard]] std::vector<std::byte> bytes() {
    header().size = static_cast<__u32>(fixed_.size() + tail_.size());
    std::vector<std::byte> out = fixed_;
    const auto* tail = reinterpret_cast<const std::byte*>(tail_.data());
    out.insert(out.end(), tail, tail + tail_.size());
    return out;
  }
  [[nodiscard]] Record record() {
    auto record = Record::decode(bytes());
    if (!record) throw std::logic_error(record.error().message());
    return *std::move(record);
  }

protected:
  std::vector<std::byte> fixed_;

private:
  std::string tail_;
};

/// The same for one type, fields through ->:
///   RecordBuilder<ev_mount_mount> mount;
///   mount->flags = 0x1000;
///   mount.string(&ev_mount_mount::source, "overlay");
template<class T>
class RecordBuilder : public AnyRecordBuilder {
public:
  RecordBuilder() : AnyRecordBuilder(*find_event(Record::kTypeOf<T>)) {}

  T* operator->() { return reinterpret_cast<T*>(fixed_.data()); }

  RecordBuilder& string(ev_string T::*field, std::string_view text, int state = 0) {
    AnyRecordBuilder::string(offset_of(field), text, state);
    return *this;
  }
  template<class Value>
  RecordBuilder& values(ev_string T::*field, const std::vector<Value>& list) {
    return string(field, {reinterpret_cast<const char*>(list.data()), list.size() * sizeof(Value)});
  }

private:
  std::size_t offset_of(ev_string T::*field) {
    T& event = *operator->();
    return static_cast<std::size_t>(reinterpret_cast<std::byte*>(&(event.*field)) - fixed_.data());
  }
};

} // namespace vitrine::events
