// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"
#include "userspace/kernel/flags.h"
#include "userspace/story/call.h"
#include "userspace/story/namespace_words.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <sched.h>

namespace vitrine::story {
namespace {

Words new_process_words(const events::Record& record, std::uint64_t asked) {
  Words words{.verb = std::string(record.schema().name)};
  const auto child = new_process(record);
  if (!child) {
    const std::string kinds = namespace_flag_words(asked);
    words.what = kinds.empty() ? "a new process" : fmt::format("asked for new {}", kinds);
    return words;
  }
  if (child->thread()) {
    words.what = fmt::format("{} thread {}", kArrow, child->pid);
    words.weight = Weight::detail;
    return words;
  }
  words.what = fmt::format("{} pid {}", kArrow, child->pid);
  if (child->ns_pid != child->pid && child->ns_pid != 0)
    words.what += fmt::format(" ({} inside)", child->ns_pid);
  if (const std::string kinds = changed_namespace_words(child->before, child->after);
      !kinds.empty())
    words.what += " with new " + kinds;
  if ((child->flags & CLONE_PARENT) != 0) words.what += ", as a sibling";
  return words;
}

std::string argument_words(std::string_view argv) {
  std::vector<std::string> words;
  for (const std::string_view argument : events::split_strings(argv)) {
    const bool plain = !argument.empty() && argument.find_first_of(" \t\n\"'") == argument.npos;
    words.push_back(plain ? escape_text(argument) : "\"" + escape_text(argument) + "\"");
  }
  if (!words.empty()) words.erase(words.begin()); // the program itself
  return fmt::format("{}", fmt::join(words, " "));
}

/// "ls" and "/usr/bin" of "/usr/bin/ls".
GroupTag search_tag(std::string_view filename) {
  const std::size_t slash = filename.rfind('/');
  if (slash == std::string_view::npos) return {GroupKind::path_search, escape_text(filename), "."};
  return {GroupKind::path_search, escape_text(filename.substr(slash + 1)),
          escape_text(filename.substr(0, slash == 0 ? 1 : slash))};
}

} // namespace

namespace words {

Words process_clone(const events::Record& record, const ev_process_clone& call,
                    const WordsContext&) {
  return new_process_words(record, call.flags);
}

Words process_clone3(const events::Record& record, const ev_process_clone3& call,
                     const WordsContext&) {
  Words words = new_process_words(record, call.flags);
  if (present(record, call.cgroup_path))
    words.what += ", born in cgroup " + text_of(record, call.cgroup_path);
  return words;
}

Words process_fork(const events::Record& record, const ev_process_fork&, const WordsContext&) {
  return new_process_words(record, 0);
}

Words process_vfork(const events::Record& record, const ev_process_vfork&, const WordsContext&) {
  return new_process_words(record, 0);
}

Words process_exec(const events::Record& record, const ev_process_exec& call, const WordsContext&) {
  Words words{.verb = "exec"};
  const ev_string& program = meant(record, call.filename, call.filename_fd_path);
  words.what =
      present(record, program) ? text_of(record, program) : fmt::format("fd {}", call.dirfd);
  if (const std::string arguments = argument_words(record.string(call.argv).text);
      !arguments.empty())
    words.what += " " + arguments;
  if (record.string(call.argv).truncated()) words.what += kEllipsis;
  if (events::is_failure(record)) {
    words.group = search_tag(record.string(call.filename).text);
    return words;
  }
  const std::string_view runs = record.string(call.executable).text;
  if (!runs.empty() &&
      runs != record.string(meant(record, call.filename, call.filename_fd_path)).text)
    words.what += fmt::format("  {} {}", kArrow, text_of(record, call.executable));
  return words;
}

Words process_exit(const events::Record&, const ev_process_exit& call, const WordsContext&) {
  Words words{.verb = "exit"};
  if (call.exit_signal != 0)
    words.what = "killed by " + kernel::signal_text(static_cast<std::uint64_t>(call.exit_signal)) +
                 (call.core_dumped != 0 ? ", core dumped" : "");
  else
    words.what = fmt::format("status {}", call.exit_code);
  return words;
}

} // namespace words
} // namespace vitrine::story
