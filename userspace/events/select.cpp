// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/select.h"

#include "userspace/base/edit_distance.h"
#include "userspace/base/text_escape.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace vitrine::events {
namespace {

EventSet events_named(std::string_view name) {
  EventSet set;
  for (const EventSchema& event : all_events())
    if (event.category == name || event.full_name == name) set.set(event.type);
  return set;
}

/// The category or full name nearest to `name`; the event may also be right and the category wrong
/// or missing.
std::string_view nearest_name(std::string_view name) {
  const std::string_view bare = name.substr(std::min(name.find('.') + 1, name.size()));
  std::string_view nearest;
  std::size_t least = std::string_view::npos;
  const auto consider = [&](std::size_t distance, std::string_view meant) {
    if (distance >= least) return;
    least = distance;
    nearest = meant;
  };
  for (const std::string_view category : all_categories())
    consider(edit_distance(name, category), category);
  for (const EventSchema& event : all_events())
    consider(std::min(edit_distance(name, event.full_name), edit_distance(bare, event.name)),
             event.full_name);
  return nearest;
}

} // namespace

EventSet every_event() {
  EventSet set;
  for (const EventSchema& event : all_events())
    set.set(event.type);
  return set;
}

std::vector<std::string_view> all_categories() {
  std::vector<std::string_view> categories;
  for (const EventSchema& event : all_events())
    if (std::ranges::find(categories, event.category) == categories.end())
      categories.push_back(event.category);
  return categories;
}

Result<EventSet> select_events(std::string_view list) {
  EventSet selected = list.starts_with('!') ? every_event() : EventSet();
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    const bool take_away = name.starts_with('!');
    if (take_away) name.remove_prefix(1);
    const EventSet named = events_named(name);
    if (named.none())
      return with_hint(failure("no event or category is called \"{}\"", escape_text(name)),
                       fmt::format("did you mean {}? Categories: {}", nearest_name(name),
                                   fmt::join(all_categories(), ", ")));
    selected = take_away ? selected & ~named : selected | named;
    if (comma == list.size()) return selected;
    list.remove_prefix(comma + 1);
  }
}

} // namespace vitrine::events
