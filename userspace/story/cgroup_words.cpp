// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/story/call.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vitrine::story {
namespace {

Words made_or_removed(const events::Record& record, const ev_string& path, std::uint32_t hierarchy,
                      const WordsContext& context, GroupKind group) {
  const std::string label = hierarchy_label(context.start, hierarchy);
  const std::string where = text_of(record, path);
  return {.verb = std::string(record.schema().name),
          .what = fmt::format("cgroup {}:{}", label, where),
          .group = {group, "cgroup " + where, label}};
}

std::string target_words(const events::Record& record, const ev_cgroup_attach& call) {
  if (call.target_pid == record.header().pid) return "itself";
  const std::string comm = text_of(record, call.target_comm);
  return fmt::format("{} {}{}{}", call.threadgroup != 0 ? "pid" : "thread", call.target_pid,
                     comm.empty() ? "" : " ", comm);
}

/// As bpf/control_file.bpf.c does it.
constexpr std::array<std::string_view, 13> kReadBack = {
    "memory.max",       "memory.limit_in_bytes",
    "memory.high",      "memory.low",
    "memory.min",       "memory.swap.max",
    "pids.max",         "memory.memsw.limit_in_bytes",
    "cpu.shares",       "cpu.weight",
    "cpu.max",          "cpu.cfs_quota_us",
    "cpu.cfs_period_us"};

bool moves_tasks(std::string_view file) {
  return file == "cgroup.procs" || file == "tasks" || file == "cgroup.threads";
}

} // namespace

bool is_read_back(std::string_view control_file) {
  return std::find(kReadBack.begin(), kReadBack.end(), control_file) != kReadBack.end();
}

namespace words {

Words cgroup_mkdir(const events::Record& record, const ev_cgroup_mkdir& call,
                   const WordsContext& context) {
  return made_or_removed(record, call.path, call.hierarchy, context, GroupKind::cgroup_mkdir);
}

Words cgroup_rmdir(const events::Record& record, const ev_cgroup_rmdir& call,
                   const WordsContext& context) {
  return made_or_removed(record, call.path, call.hierarchy, context, GroupKind::cgroup_rmdir);
}

Words cgroup_attach(const events::Record& record, const ev_cgroup_attach& call,
                    const WordsContext& context) {
  const std::string label = hierarchy_label(context.start, call.hierarchy);
  const std::string where = text_of(record, call.path);
  const std::string who = target_words(record, call);
  return {.verb = "attach",
          .what = fmt::format("{} to cgroup {}:{}", who, label, where),
          .group = {GroupKind::cgroup_attach, fmt::format("{} to cgroup {}", who, where), label}};
}

Words cgroup_write(const events::Record& record, const ev_cgroup_write& call,
                   const WordsContext& context) {
  Words words{.verb = "write", .group = {GroupKind::cgroup_write, "", {}}};
  const std::string_view file = record.string(call.file).text;
  const std::string asked = quoted(record, call.text);
  const std::string place = fmt::format("{}:{}", hierarchy_label(context.start, call.hierarchy),
                                        text_of(record, call.path));
  words.what = fmt::format("{} to {}{}{}", asked, place, place.ends_with('/') ? "" : "/",
                           text_of(record, call.file));
  if (events::is_failure(record)) return words;
  // The attach event tells the same with what came of it.
  if (moves_tasks(file)) words.weight = Weight::detail;
  if (file == "devices.allow" || file == "devices.deny")
    words.group = {GroupKind::device_rule,
                   place + (file == "devices.allow" ? " allows" : " denies"), asked};
  const auto in_force = events::cgroup_value_text(call.in_force, file);
  if (in_force || is_read_back(file))
    words.result = in_force_words(record.string(call.text).text, in_force, context);
  return words;
}

} // namespace words
} // namespace vitrine::story
