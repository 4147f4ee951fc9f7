// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/kernel/flags.h"
#include "userspace/story/call.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <bit>
#include <sstream>

#include <linux/seccomp.h>

namespace vitrine::story {
namespace {

using events::Record;

/// The lines of a map as they were written; empty when they are not numbers.
std::vector<ev_id_extent> written_map(std::string_view text) {
  std::vector<ev_id_extent> map;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    ev_id_extent extent = {};
    if (!(numbers >> extent.inside >> extent.outside >> extent.count)) return {};
    map.push_back(extent);
  }
  return map;
}

template<class Event>
Words id_map(const Record& record, const Event& call, const WordsContext& context) {
  Words words{.verb = std::string(record.schema().name)};
  const auto asked = written_map(record.string(call.text).text);
  const std::string asked_words = asked.empty() ? quoted(record, call.text) : id_map_words(asked);
  words.what = fmt::format("of pid {}: {}", call.target_pid, asked_words);
  if (events::is_failure(record)) return words;
  const auto map = events::split_values<ev_id_extent>(record.string(call.in_force).text);
  std::optional<std::string> in_force;
  if (!map.empty()) in_force = id_map_words(map);
  if (call.extents > map.size() && in_force) *in_force += kEllipsis;
  words.result = in_force_words(asked_words, in_force, context);
  return words;
}

std::string id_text(std::int32_t id) {
  return id == -1 ? "as it was" : fmt::format("{}", static_cast<std::uint32_t>(id));
}

bool same_identity(const ev_credentials& a, const ev_credentials& b) {
  return a.uid == b.uid && a.gid == b.gid && a.euid == b.euid && a.egid == b.egid &&
         a.suid == b.suid && a.sgid == b.sgid && a.fsuid == b.fsuid && a.fsgid == b.fsgid;
}

/// A call that sets the ids which the process has already is no step.
template<class Event>
Words identity(const Record& record, const Event& call, const WordsContext& context,
               std::string what) {
  Words words{.verb = std::string(record.schema().name), .what = std::move(what)};
  const auto& known = context.process.credentials;
  if (!events::is_failure(record) && known && same_identity(*known, call.credentials)) {
    words.what += " (no change)";
    words.weight = Weight::detail;
  }
  return words;
}

std::string three_ids(std::string_view noun, std::int32_t real, std::int32_t effective,
                      std::int32_t saved) {
  if (real == effective && effective == saved) return fmt::format("{} {}", noun, id_text(real));
  return fmt::format("{} real {}, effective {}, saved {}", noun, id_text(real), id_text(effective),
                     id_text(saved));
}

std::string two_ids(std::string_view noun, std::int32_t real, std::int32_t effective) {
  if (real == effective) return fmt::format("{} {}", noun, id_text(real));
  return fmt::format("{} real {}, effective {}", noun, id_text(real), id_text(effective));
}

bool same_capabilities(const ev_credentials& a, const ev_credentials& b) {
  return a.effective == b.effective && a.permitted == b.permitted &&
         a.inheritable == b.inheritable && a.ambient == b.ambient && a.bounding == b.bounding;
}

} // namespace

namespace words {

Words security_uid_map(const Record& record, const ev_security_uid_map& call,
                       const WordsContext& context) {
  return id_map(record, call, context);
}

Words security_gid_map(const Record& record, const ev_security_gid_map& call,
                       const WordsContext& context) {
  return id_map(record, call, context);
}

Words security_setgroups(const Record& record, const ev_security_setgroups& call,
                         const WordsContext&) {
  Words words{.verb = "setgroups"};
  if (present(record, call.text)) {
    words.what = fmt::format("{} in the user namespace of pid {}", quoted(record, call.text),
                             call.target_pid);
    return words;
  }
  std::vector<std::string> groups;
  for (const std::uint32_t group :
       events::split_values<std::uint32_t>(record.string(call.groups).text))
    groups.push_back(fmt::format("{}", group));
  words.what = call.size == 0   ? "no supplementary groups"
               : groups.empty() ? fmt::format("{} supplementary groups", call.size)
                                : "supplementary groups " + joined(groups);
  return words;
}

Words security_oom_score_adj(const Record& record, const ev_security_oom_score_adj& call,
                             const WordsContext& context) {
  Words words{.verb = "oom_score_adj"};
  words.what = fmt::format("of pid {}: {}", call.target_pid, quoted(record, call.text));
  if (!events::is_failure(record))
    words.result =
        in_force_words(record.string(call.text).text, fmt::format("{}", call.in_force), context);
  return words;
}

Words security_setuid(const Record& record, const ev_security_setuid& call,
                      const WordsContext& context) {
  return identity(record, call, context, "user " + id_text(call.uid));
}

Words security_setgid(const Record& record, const ev_security_setgid& call,
                      const WordsContext& context) {
  return identity(record, call, context, "group " + id_text(call.gid));
}

Words security_setreuid(const Record& record, const ev_security_setreuid& call,
                        const WordsContext& context) {
  return identity(record, call, context, two_ids("user", call.ruid, call.euid));
}

Words security_setregid(const Record& record, const ev_security_setregid& call,
                        const WordsContext& context) {
  return identity(record, call, context, two_ids("group", call.rgid, call.egid));
}

Words security_setresuid(const Record& record, const ev_security_setresuid& call,
                         const WordsContext& context) {
  return identity(record, call, context, three_ids("user", call.ruid, call.euid, call.suid));
}

Words security_setresgid(const Record& record, const ev_security_setresgid& call,
                         const WordsContext& context) {
  return identity(record, call, context, three_ids("group", call.rgid, call.egid, call.sgid));
}

Words security_setfsuid(const Record& record, const ev_security_setfsuid& call,
                        const WordsContext& context) {
  return identity(record, call, context, "user for files " + id_text(call.fsuid));
}

Words security_setfsgid(const Record& record, const ev_security_setfsgid& call,
                        const WordsContext& context) {
  return identity(record, call, context, "group for files " + id_text(call.fsgid));
}

Words security_capset(const Record& record, const ev_security_capset& call,
                      const WordsContext& context) {
  Words words{.verb = "capset"};
  const auto kept = std::popcount(call.permitted);
  const auto effective = std::popcount(call.effective);
  words.what = fmt::format("capabilities: {} kept of {}", kept, capability_count());
  if (effective != kept) words.what += fmt::format(", {} in effect", effective);
  if (call.inheritable != 0)
    words.what += fmt::format(", {} inheritable", std::popcount(call.inheritable));
  const auto& known = context.process.credentials;
  if (!events::is_failure(record) && known && same_capabilities(*known, call.credentials)) {
    words.what += " (no change)";
    words.weight = Weight::detail;
  }
  return words;
}

Words security_seccomp(const Record& record, const ev_security_seccomp& call, const WordsContext&) {
  Words words{.verb = "seccomp"};
  const bool installs = call.operation == SECCOMP_SET_MODE_FILTER && call.instructions != 0;
  if (installs) {
    words.what = fmt::format("filter of {} instructions", call.instructions);
    if (!events::is_failure(record))
      words.what += fmt::format(", {} in force", counted(call.filters, "filter", "filters"));
    if (const std::string flags = kernel::flags_text(kernel::kSeccompFlags, call.flags);
        flags != "0")
      words.what += "  " + flags;
    return words;
  }
  words.what = kernel::enum_text(kernel::kSeccompOperations, call.operation);
  if (call.operation == SECCOMP_SET_MODE_STRICT && !events::is_failure(record)) return words;
  words.weight = Weight::detail;
  words.group = {GroupKind::seccomp_probe, "", words.what};
  return words;
}

} // namespace words
} // namespace vitrine::story
