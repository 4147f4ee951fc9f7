// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/schema.h"

#include <array>
#include <cstddef>
#include <type_traits>

namespace vitrine::events {
namespace {

// clang-format off
#define EVENT(id, category, name, returns, doc)                                                    \
  static_assert((id) > 0 && (id) < VITRINE_EVENT_LIMIT);                                           \
  static_assert(std::is_standard_layout_v<ev_##category##_##name>);                                \
  static_assert(std::is_trivially_copyable_v<ev_##category##_##name>);                             \
  static_assert(alignof(ev_##category##_##name) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);              \
  struct FieldsOf_##category##_##name {                                                            \
    using Event = ev_##category##_##name;                                                          \
    static constexpr FieldSchema kFields[] = {
#define VITRINE_FIELD(name, kind, part, is_string, doc)                                            \
      {#name, doc, Kind::kind##_, Part::part, is_string, std::is_signed_v<decltype(Event::name)>,    \
       offsetof(Event, name), sizeof(Event::name)},
#define ARG(type, name, kind, doc) VITRINE_FIELD(name, kind, arg, false, doc)
#define ARG_STRING(name, kind, doc) VITRINE_FIELD(name, kind, arg, true, doc)
#define RESULT(type, name, kind, doc) VITRINE_FIELD(name, kind, result, false, doc)
#define RESULT_STRING(name, kind, doc) VITRINE_FIELD(name, kind, result, true, doc)
#define END_EVENT(category, name)                                                                  \
    };                                                                                             \
  };
#include "bpf/abi/events.inc"
#undef EVENT
#undef VITRINE_FIELD
#undef ARG
#undef ARG_STRING
#undef RESULT
#undef RESULT_STRING
#undef END_EVENT

constexpr EventSchema kEvents[] = {
#define EVENT(id, category, name, returns, doc)                                                    \
  {VITRINE_EVENT_##category##_##name, #category, #name, #category "." #name, doc,                  \
   Returns::returns, sizeof(ev_##category##_##name), FieldsOf_##category##_##name::kFields},
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
};
// clang-format on

constexpr bool ids_ascend() {
  for (std::size_t i = 1; i < std::size(kEvents); ++i)
    if (kEvents[i - 1].type >= kEvents[i].type) return false;
  return true;
}
static_assert(ids_ascend(), "all_events() promises the order of ids, each used once");

/// From a type to its place in kEvents plus one; 0: no such event.
constexpr auto kPlaces = [] {
  std::array<std::uint8_t, VITRINE_EVENT_LIMIT> places = {};
  for (std::size_t i = 0; i < std::size(kEvents); ++i)
    places[kEvents[i].type] = static_cast<std::uint8_t>(i + 1);
  return places;
}();

} // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
#define KIND(name, doc)                                                                            \
  case Kind::name##_:                                                                              \
    return #name;
#include "bpf/abi/kinds.inc"
#undef KIND
  }
  return {};
}

std::string_view kind_doc(Kind kind) {
  switch (kind) {
#define KIND(name, doc)                                                                            \
  case Kind::name##_:                                                                              \
    return doc;
#include "bpf/abi/kinds.inc"
#undef KIND
  }
  return {};
}

std::span<const EventSchema> all_events() {
  return kEvents;
}

const EventSchema* find_event(std::uint16_t type) {
  if (type >= kPlaces.size() || kPlaces[type] == 0) return nullptr;
  return &kEvents[kPlaces[type] - 1];
}

const EventSchema* find_event(std::string_view full_name) {
  for (const EventSchema& event : kEvents)
    if (event.full_name == full_name) return &event;
  return nullptr;
}

} // namespace vitrine::events
