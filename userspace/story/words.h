// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/group.h"
#include "userspace/story/process_tree.h"
#include "userspace/story/request.h"
#include "userspace/story/step.h"

#include <string>

namespace vitrine::story {

/// What one event says, in words.
struct Words {
  std::string verb = {};
  std::string what = {};
  std::string result = {}; ///< of a call that worked, when it gave more than success
  Weight weight = Weight::step;
  GroupTag group = {};
};

/// What the words may refer to. `process` is the caller before the event.
struct WordsContext {
  const events::StreamStart& start;
  const Process& process;
  const OpenRequests& requests;
  bool in_full = false; ///< nothing is shortened or left out as obvious
};

/// Every event of the table has words.
[[nodiscard]] Words words_for(const events::Record& record, const WordsContext& context);

/// "memory:/path", "v2:/path": a cgroup with the controllers of its hierarchy.
[[nodiscard]] std::string hierarchy_label(const events::StreamStart& start,
                                          std::uint32_t hierarchy);

/// "33554432 in force" beside what was asked for; empty when that says it already.
[[nodiscard]] std::string in_force_words(std::string_view asked,
                                         const std::optional<std::string>& in_force,
                                         const WordsContext& context);

/// Whether the value in force is the one that was asked for, in whatever spelling.
[[nodiscard]] bool is_as_asked(std::string_view asked, std::string_view in_force);

/// Whether the kernel's value of a control file is read back after a write.
[[nodiscard]] bool is_read_back(std::string_view control_file);

/// "0->100000 x65536", one for each line of a map, with the signs of text.h.
[[nodiscard]] std::string id_map_words(const std::vector<ev_id_extent>& map);
namespace words {

// One function an event, by subject: *_words.cpp.
#define EVENT(id, category, name, returns, doc)                                                    \
  Words category##_##name(const events::Record& record, const ev_##category##_##name& call,        \
                          const WordsContext& context);
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

} // namespace words
} // namespace vitrine::story
