// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"
#include "userspace/query/capability_words.h"

#include <fmt/ranges.h>

namespace vitrine::pages {
namespace {

using objects::Credentials;
using objects::Process;
using objects::SeccompMode;

std::string ids_text(std::uint32_t real, std::uint32_t effective, std::uint32_t saved) {
  if (real == effective && effective == saved) return fmt::format("{}", real);
  return fmt::format("{} (effective {}, saved {})", real, effective, saved);
}

void add_credentials(Section& section, const Credentials& credentials) {
  section.add("user",
              ids_text(credentials.real_uid, credentials.effective_uid, credentials.saved_uid));
  section.add("group",
              ids_text(credentials.real_gid, credentials.effective_gid, credentials.saved_gid));
  if (!credentials.groups.empty())
    section.add("groups", fmt::format("{}", fmt::join(credentials.groups, ", ")));
  section.add("capabilities", query::capability_words(credentials.effective.bits));
  if (credentials.permitted != credentials.effective)
    section.add("permitted", query::capability_words(credentials.permitted.bits));
  section.add("bounding set", query::capability_words(credentials.bounding.bits));
  if (credentials.ambient.bits != 0)
    section.add("ambient", query::capability_words(credentials.ambient.bits));
}

std::string seccomp_words(const Process& process) {
  if (!process.seccomp) return "unknown";
  switch (*process.seccomp) {
  case SeccompMode::disabled:
    return "off: every system call is allowed";
  case SeccompMode::strict:
    return "strict: read, write, exit and sigreturn only";
  case SeccompMode::filter:
    break;
  }
  if (!process.seccomp_filters) return "system calls are filtered";
  return "system calls are filtered, by " + counted(*process.seccomp_filters, "filter", "filters");
}

std::string privileges_words(const Process& process) {
  if (!process.no_new_privs) return "unknown";
  return *process.no_new_privs ? "no program can give it more (no_new_privs)"
                               : "setuid programs and file capabilities give it more";
}

} // namespace

void add_privileges(Section& section, const Process& process) {
  if (process.credentials)
    add_credentials(section, *process.credentials);
  else
    section.add("credentials", "unknown");
  section.add("seccomp", seccomp_words(process),
              process.seccomp == SeccompMode::disabled ? Ink::warning : Ink::plain);
  section.add("new privileges", privileges_words(process));
  section.add("LSM", process.lsm_label.value_or("unknown"));
}

} // namespace vitrine::pages
