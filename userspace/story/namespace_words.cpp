// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/namespace_words.h"
#include "userspace/events/field.h"

#include "userspace/kernel/flags.h"
#include "userspace/story/call.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <sched.h>

namespace vitrine::story {
namespace {

constexpr std::uint64_t kCloneNewTime = 0x80; // linux/sched.h; not in older <sched.h>

struct NewFlag {
  std::uint64_t flag;
  const char* kind;
};
constexpr NewFlag kNewFlags[] = {
    {CLONE_NEWNS, "mnt"},    {CLONE_NEWUTS, "uts"},   {CLONE_NEWIPC, "ipc"},
    {CLONE_NEWNET, "net"},   {CLONE_NEWPID, "pid"},   {CLONE_NEWCGROUP, "cgroup"},
    {kCloneNewTime, "time"}, {CLONE_NEWUSER, "user"},
};

std::string with_noun(const std::vector<std::string>& kinds) {
  if (kinds.empty()) return {};
  return joined(kinds) + (kinds.size() == 1 ? " namespace" : " namespaces");
}

/// "the host's" when all entered namespaces are the tracer's own.
bool of_host(const NamespaceChange& change, const ev_namespaces& host) {
  for (const kernel::FlagName& kind : kernel::kNamespaceKinds) {
    const auto id = static_cast<vitrine_namespace_kind>(kind.value);
    if (differs(change.before, change.after, id) && differs(change.after, host, id)) return false;
  }
  return true;
}

std::string setns_target(const ev_namespace_setns& call) {
  if (call.target_pid != 0) return fmt::format("those of pid {}", call.target_pid);
  if (call.target_inode == 0) return "unknown";
  return fmt::format("{}:[{}]", kernel::enum_text(kernel::kNamespaceKinds, call.target_kind),
                     call.target_inode);
}

} // namespace

std::string changed_namespace_words(const ev_namespaces& before, const ev_namespaces& after) {
  std::vector<std::string> kinds;
  for (const kernel::FlagName& kind : kernel::kNamespaceKinds)
    if (differs(before, after, static_cast<vitrine_namespace_kind>(kind.value)))
      kinds.emplace_back(kind.name);
  return with_noun(kinds);
}

std::string namespace_flag_words(std::uint64_t flags) {
  std::vector<std::string> kinds;
  for (const NewFlag& row : kNewFlags)
    if ((flags & row.flag) != 0) kinds.emplace_back(row.kind);
  return with_noun(kinds);
}

namespace words {

Words namespace_unshare(const events::Record& record, const ev_namespace_unshare& call,
                        const WordsContext&) {
  Words words{.verb = "unshare"};
  const std::string asked = namespace_flag_words(call.flags);
  if (events::is_failure(record)) {
    words.what = "asked for " + (asked.empty() ? kernel::flags_text(kernel::kCloneFlags, call.flags)
                                               : "new " + asked);
    return words;
  }
  const std::string changed = changed_namespace_words(call.before, call.after);
  if (!changed.empty()) {
    words.what = "new " + changed;
    if ((call.flags & CLONE_NEWPID) != 0) words.what += " (pid: for its children)";
    return words;
  }
  words.what = "own " + kernel::flags_text(kernel::kCloneFlags, call.flags);
  words.weight = asked.empty() ? Weight::detail : Weight::step;
  return words;
}

Words namespace_setns(const events::Record& record, const ev_namespace_setns& call,
                      const WordsContext& context) {
  Words words{.verb = "setns"};
  words.what = "enter " + setns_target(call);
  if (events::is_failure(record)) return words;
  const NamespaceChange change{call.before, call.after};
  const std::string changed = changed_namespace_words(call.before, call.after);
  if (changed.empty())
    words.what += ", where it was already";
  else if (of_host(change, context.start.host_namespaces))
    words.what += ", the host's";
  if (call.target_pid != 0 && !changed.empty()) words.what += ": " + changed;
  return words;
}

Words namespace_sethostname(const events::Record& record, const ev_namespace_sethostname& call,
                            const WordsContext&) {
  return {.verb = "sethostname", .what = quoted(record, call.name)};
}

Words namespace_setdomainname(const events::Record& record, const ev_namespace_setdomainname& call,
                              const WordsContext&) {
  return {.verb = "setdomainname", .what = quoted(record, call.name)};
}

} // namespace words
} // namespace vitrine::story
