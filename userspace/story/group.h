// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::story {

enum class GroupKind : std::uint8_t {
  none,
#define GROUP(id, family, sentence) id,
#include "userspace/story/group.inc"
#undef GROUP
};

/// To what an event belongs when others like it stand beside it. Text is escaped.
struct GroupTag {
  GroupKind kind = GroupKind::none;
  std::string subject = {}; ///< only events of one subject are told together
  std::string item = {};
};

[[nodiscard]] bool same_family(GroupKind a, GroupKind b);

/// The sentence for two or more events.
[[nodiscard]] std::string group_words(GroupKind kind, const std::string& subject,
                                      const std::vector<std::string>& items);

} // namespace vitrine::story
