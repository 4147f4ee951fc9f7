// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/kernel/flags.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <linux/prctl.h>

namespace vitrine::story {
namespace {

using Call = ev_security_prctl;

Words no_new_privileges(const Call&) {
  return {.what = "no_new_privs: exec can no longer raise privileges"};
}

Words drop_from_bounding(const Call& call) {
  const std::string word = capability_word(call.arg2);
  return {.what = "bounding set: drop " + word, .group = {GroupKind::bounding_drop, "", word}};
}

Words ambient(const Call& call) {
  const std::string word = capability_word(call.arg3);
  switch (call.arg2) {
  case PR_CAP_AMBIENT_RAISE:
    return {.what = "ambient set: raise " + word, .group = {GroupKind::ambient_raise, "", word}};
  case PR_CAP_AMBIENT_LOWER:
    return {.what = "ambient set: lower " + word, .group = {GroupKind::ambient_lower, "", word}};
  case PR_CAP_AMBIENT_CLEAR_ALL:
    return {.what = "ambient set: cleared"};
  default:
    return {.what = fmt::format("ambient set: is {} in it?", word), .weight = Weight::detail};
  }
}

Words set_seccomp(const Call& call) {
  if (call.instructions == 0)
    return {.what = "seccomp: is it there?",
            .weight = Weight::detail,
            .group = {GroupKind::seccomp_probe, "", "prctl"}};
  return {.what = fmt::format("seccomp: filter of {} instructions", call.instructions)};
}

Words keep_capabilities(const Call& call) {
  return {.what = fmt::format("{} capabilities when the user changes",
                              call.arg2 != 0 ? "keep" : "lose")};
}

Words securebits(const Call& call) {
  return {.what = "securebits " + kernel::flags_text(kernel::kSecurebits, call.arg2)};
}

Words dumpable(const Call& call) {
  return {.what = call.arg2 != 0 ? "may be dumped and traced by its user"
                                 : "may not be dumped or traced by its user"};
}

Words dies_with_parent(const Call& call) {
  return {.what = call.arg2 == 0 ? std::string("no signal when the parent ends")
                                 : fmt::format("gets {} when the parent ends",
                                               kernel::signal_text(call.arg2))};
}

Words subreaper(const Call& call) {
  return {.what = call.arg2 != 0 ? "adopts orphans below it" : "no longer adopts orphans below it"};
}

struct PrctlRow {
  std::uint32_t option;
  Words (*words)(const Call&);
};

constexpr PrctlRow kRows[] = {
    {PR_SET_NO_NEW_PRIVS, no_new_privileges},
    {PR_CAPBSET_DROP, drop_from_bounding},
    {PR_CAP_AMBIENT, ambient},
    {PR_SET_SECCOMP, set_seccomp},
    {PR_SET_KEEPCAPS, keep_capabilities},
    {PR_SET_SECUREBITS, securebits},
    {PR_SET_DUMPABLE, dumpable},
    {PR_SET_PDEATHSIG, dies_with_parent},
    {PR_SET_CHILD_SUBREAPER, subreaper},
};

/// Runtimes drop what is gone already, to be sure.
bool changes_nothing(const Call& call, const WordsContext& context) {
  const auto& had = context.process.credentials;
  if (!had) return false;
  if (call.option == PR_CAPBSET_DROP) return had->bounding == call.credentials.bounding;
  return call.option == PR_CAP_AMBIENT && had->ambient == call.credentials.ambient;
}

} // namespace

namespace words {

Words security_prctl(const events::Record& record, const ev_security_prctl& call,
                     const WordsContext& context) {
  Words words;
  for (const PrctlRow& row : kRows)
    if (row.option == call.option) words = row.words(call);
  if (words.what.empty()) {
    words.what = fmt::format("{} {:#x}", kernel::enum_text(kernel::kPrctlOperations, call.option),
                             call.arg2);
    words.weight = Weight::detail;
  }
  const bool refused = events::is_failure(record);
  if (refused && words.group.kind == GroupKind::ambient_raise)
    words.group.kind = GroupKind::ambient_refused;
  if (!refused && changes_nothing(call, context)) words.weight = Weight::detail;
  words.verb = "prctl";
  return words;
}

} // namespace words
} // namespace vitrine::story
