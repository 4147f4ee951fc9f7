// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/schema.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace vitrine::events {

/// One string of a record. `text` points into the record.
struct RecordString {
  std::string_view text;
  std::uint16_t state = 0; ///< vitrine_string_state bits
  [[nodiscard]] bool absent() const { return (state & VITRINE_STRING_ABSENT) != 0; }
  [[nodiscard]] bool unreadable() const { return (state & VITRINE_STRING_UNREADABLE) != 0; }
  [[nodiscard]] bool truncated() const { return (state & VITRINE_STRING_TRUNCATED) != 0; }
};

/// One event, its bytes checked once: type known, sizes and string bounds right. Owns them.
class Record {
public:
  /// Copies `bytes`. An error names what is wrong: records also come from files that others wrote.
  static Result<Record> decode(std::span<const std::byte> bytes);

  [[nodiscard]] const EventSchema& schema() const { return *schema_; }
  [[nodiscard]] const ev_header& header() const;
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  /// The typed record, or null when the event is of another type: as<ev_mount_mount>().
  template<class T>
  [[nodiscard]] const T* as() const {
    return schema_->type == kTypeOf<T> ? reinterpret_cast<const T*>(bytes_.data()) : nullptr;
  }
  /// `string` must be a field of this record's own fixed part.
  [[nodiscard]] RecordString string(const ev_string& string) const;

  /// The type whose records are a T: kTypeOf<ev_mount_mount>.
  template<class T>
  static constexpr vitrine_event kTypeOf = VITRINE_EVENT_NONE;

private:
  const EventSchema* schema_ = nullptr;
  std::vector<std::byte> bytes_;
};

#define EVENT(id, category, name, returns, doc)                                                    \
  template<>                                                                                       \
  constexpr vitrine_event Record::kTypeOf<ev_##category##_##name> =                                \
      VITRINE_EVENT_##category##_##name;
#define ARG(type, name, kind, doc)
#define ARG_STRING(name, kind, doc)
#define RESULT(type, name, kind, doc)
#define RESULT_STRING(name, kind, doc)
#define END_EVENT(category, name)
#include "bpf/abi/events.inc"
#undef EVENT
#undef ARG
#undef ARG_STRING
#undef RESULT
#undef RESULT_STRING
#undef END_EVENT

} // namespace vitrine::events
