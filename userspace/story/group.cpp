// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/group.h"

#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace vitrine::story {
namespace {

struct GroupRow {
  std::string_view family;
  std::string_view sentence;
};

constexpr GroupRow kRows[] = {
    {"", ""},
#define GROUP(id, family, sentence) {#family, sentence},
#include "userspace/story/group.inc"
#undef GROUP
};

const GroupRow& row_of(GroupKind kind) {
  return kRows[static_cast<std::size_t>(kind)];
}

void replace(std::string& text, std::string_view slot, const std::string& value) {
  if (const auto at = text.find(slot); at != std::string::npos)
    text.replace(at, slot.size(), value);
}

/// Which capabilities, or which not when those are fewer.
std::string capability_items(const std::vector<std::string>& items) {
  if (items.size() * 2 <= capability_count()) return joined(items);
  std::vector<std::string> others;
  for (std::uint64_t number = 0; number < capability_count(); ++number)
    if (std::find(items.begin(), items.end(), capability_word(number)) == items.end())
      others.push_back(capability_word(number));
  return others.empty() ? "all there are" : "all but " + joined(others);
}

} // namespace

bool same_family(GroupKind a, GroupKind b) {
  return a != GroupKind::none && row_of(a).family == row_of(b).family;
}

std::string group_words(GroupKind kind, const std::string& subject,
                        const std::vector<std::string>& items) {
  // A sentence has its slots in this order; from the end, because items may look like a slot.
  std::string text(row_of(kind).sentence);
  replace(text, "{items}",
          kind == GroupKind::bounding_drop ? capability_items(items) : joined(items));
  replace(text, "{count}", fmt::format("{}", items.size()));
  replace(text, "{subject}", subject);
  return text;
}

} // namespace vitrine::story
