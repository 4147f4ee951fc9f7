// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/words.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"
#include "userspace/story/option_words.h"
#include "userspace/story/root_filesystem.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

namespace vitrine::story {

Words words_for(const events::Record& record, const WordsContext& context) {
  switch (record.schema().type) {
#define EVENT(id, category, name, returns, doc)                                                    \
  case VITRINE_EVENT_##category##_##name:                                                          \
    return words::category##_##name(record, *record.as<ev_##category##_##name>(), context);
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
  case VITRINE_EVENT_NONE:
  case VITRINE_EVENT_LIMIT:
    break;
  }
  return {};
}

std::string hierarchy_label(const events::StreamStart& start, std::uint32_t hierarchy) {
  if (hierarchy == 0) return "v2";
  if (const auto* known = events::find_hierarchy(start, hierarchy))
    return escape_text(known->controllers);
  return fmt::format("hierarchy {}", hierarchy);
}

std::string in_force_words(std::string_view asked, const std::optional<std::string>& in_force,
                           const WordsContext& context) {
  if (!in_force) return "unknown in force";
  if (!context.in_full && is_as_asked(asked, *in_force)) return {};
  return *in_force + " in force";
}

bool is_as_asked(std::string_view asked, std::string_view in_force) {
  while (asked.ends_with('\n') || asked.ends_with('\0')) // some write the end of their string, too
    asked.remove_suffix(1);
  return asked == in_force || (asked == "-1" && in_force == "max"); // as version 1 writes it
}

std::string id_map_words(const std::vector<ev_id_extent>& map) {
  std::vector<std::string> lines;
  for (const ev_id_extent& line : map)
    lines.push_back(
        fmt::format("{}{}{} {}{}", line.inside, kArrow, line.outside, kTimes, line.count));
  return joined(lines);
}

std::string root_filesystem_words(const RootFilesystem& root) {
  std::string words = root.fstype.empty() ? "unknown" : escape_text(root.fstype);
  if (!root.lower.empty() || !root.upper.empty()) {
    words += " (" + layer_words(root) + ")";
  } else if (!root.source.empty() && root.source != root.fstype && root.source != "none") {
    words += " from " + escape_text(root.source);
  }
  return words;
}

} // namespace vitrine::story
