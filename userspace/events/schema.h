// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/events.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace vitrine::events {

/// How a value is decoded and printed: one word for each row of bpf/abi/kinds.inc.
enum class Kind : std::uint8_t {
#define KIND(name, doc) name##_,
#include "bpf/abi/kinds.inc"
#undef KIND
};

/// Name and doc of a row of bpf/abi/kinds.inc.
[[nodiscard]] std::string_view kind_name(Kind kind);
[[nodiscard]] std::string_view kind_doc(Kind kind);

/// What header.result means when it is not -errno.
enum class Returns : std::uint8_t { none, status, fd, pid, count };

enum class Part : std::uint8_t { arg, result };

/// One field of an event, as declared in bpf/abi/events.inc.
struct FieldSchema {
  std::string_view name;
  std::string_view doc;
  Kind kind;
  Part part;
  bool is_string;       ///< an ev_string with its bytes in the record's tail
  bool is_signed;       ///< an integer that may be negative
  std::uint16_t offset; ///< from the record's start
  std::uint16_t size;
};

/// One kind of event. Lives as long as the program.
struct EventSchema {
  vitrine_event type;
  std::string_view category;  ///< "mount"
  std::string_view name;      ///< "pivot_root"
  std::string_view full_name; ///< "mount.pivot_root": the type as users write and read it
  std::string_view doc;
  Returns returns;
  std::uint16_t fixed_size; ///< of the record before its tail
  std::span<const FieldSchema> fields;
};

/// Every event, in order of id.
[[nodiscard]] std::span<const EventSchema> all_events();

/// Null for an id or a name that no event has.
[[nodiscard]] const EventSchema* find_event(std::uint16_t type);
[[nodiscard]] const EventSchema* find_event(std::string_view full_name);

} // namespace vitrine::events
