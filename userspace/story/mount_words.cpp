// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/kernel/flags.h"
#include "userspace/story/mount_api_words.h"
#include "userspace/story/mount_kind.h"
#include "userspace/story/option_words.h"
#include "userspace/story/root_filesystem.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <linux/mount.h>

namespace vitrine::story {
namespace {

using events::Record;

std::string with_options(std::string text, std::uint64_t flags) {
  const std::string options = mount_option_words(flags);
  return options.empty() ? text : text + "  " + options;
}

Words new_file_system(const Record& record, const ev_mount_mount& call) {
  Words words{.verb = "mount"};
  const std::string_view fstype = record.string(call.fstype).text;
  const std::string_view source = record.string(call.source).text;
  words.what = fmt::format("{} on {}", fstype.empty() ? "unknown" : text_of(record, call.fstype),
                           mount_target(record, call));
  const RootFilesystem made = root_filesystem_of(record, call);
  if (!made.lower.empty()) {
    words.what += fmt::format("  {}", layer_words(made));
    const std::string options = mount_option_words(call.flags);
    if (!options.empty()) words.what += ", " + options;
    return words;
  }
  if (!source.empty() && source != fstype && source != "none")
    words.what += " from " + mount_source(record, call);
  words.what = with_options(std::move(words.what), call.flags);
  if (present(record, call.data)) words.what += "  " + text_of(record, call.data);
  return words;
}

Words remount(const Record& record, const ev_mount_mount& call) {
  const std::string target = mount_target(record, call);
  Words words{.verb = "mount", .what = with_options("remount " + target, call.flags)};
  if (present(record, call.data)) words.what += "  " + text_of(record, call.data);
  if ((call.flags & MS_BIND) != 0 && (call.flags & MS_RDONLY) != 0)
    words.group = {GroupKind::read_only, "", target};
  return words;
}

Words bind(const Record& record, const ev_mount_mount& call, MountKind kind) {
  const std::string target = mount_target(record, call);
  const char* recursively = (call.flags & MS_REC) != 0 ? " recursively" : "";
  if (kind == MountKind::bind_self)
    return {.verb = "mount",
            .what = fmt::format("bind {} onto itself{}", target, recursively),
            .group = {GroupKind::bind_self, "", target}};
  return {.verb = "mount",
          .what = fmt::format("bind {} on {}{}", mount_source(record, call), target, recursively)};
}

Words mask(const Record& record, const ev_mount_mount& call) {
  const std::string target = mount_target(record, call);
  const std::string_view with = (call.flags & MS_BIND) != 0 ? "/dev/null" : "an empty tmpfs";
  return {.verb = "mount",
          .what = fmt::format("mask {} with {}", target, with),
          .group = {events::is_failure(record) ? GroupKind::mask_refused : GroupKind::mask, "",
                    target}};
}

/// "to", with the file system that a root change led to.
std::string root_words(const RootFilesystem& root) {
  return fmt::format("  {} root is {}", kArrow, root_filesystem_words(root));
}

} // namespace

namespace words {

Words mount_mount(const Record& record, const ev_mount_mount& call, const WordsContext&) {
  const MountKind kind = mount_kind(record);
  switch (kind) {
  case MountKind::remount:
    return remount(record, call);
  case MountKind::bind:
  case MountKind::bind_self:
    return bind(record, call, kind);
  case MountKind::mask:
    return mask(record, call);
  case MountKind::propagation:
    return {.verb = "mount",
            .what = fmt::format("make {} {}", mount_target(record, call),
                                propagation_words(call.flags))};
  case MountKind::move:
  case MountKind::move_to_root:
    return {.verb = "mount",
            .what = fmt::format("move {} to {}", mount_source(record, call),
                                text_of(record, call.target))};
  case MountKind::none:
  case MountKind::file_system:
    break;
  }
  return new_file_system(record, call);
}

Words mount_umount2(const Record& record, const ev_mount_umount2& call, const WordsContext&) {
  Words words{.verb = "umount2",
              .what = text_of(record, meant(record, call.target, call.target_fd_path))};
  if ((call.flags & kUmountDetach) != 0) words.what += ", at once (lazily)";
  return words;
}

Words mount_pivot_root(const Record& record, const ev_mount_pivot_root& call,
                       const WordsContext& context) {
  Words words{.verb = "pivot_root"};
  words.what =
      fmt::format("to {}, old root at {}",
                  escape_text(absolute(context.process.cwd, record.string(call.new_root).text)),
                  text_of(record, call.put_old));
  if (record.header().result >= 0) words.what += root_words(root_filesystem_of(record, call));
  return words;
}

Words mount_chroot(const Record& record, const ev_mount_chroot& call, const WordsContext&) {
  const ev_string& asked = meant(record, call.path, call.path_fd_path);
  Words words{.verb = "chroot", .what = "to " + text_of(record, asked)};
  const std::string_view root = record.string(call.root).text;
  if (!root.empty() && root != record.string(asked).text)
    words.what += fmt::format("  {} {}", kArrow, text_of(record, call.root));
  return words;
}

Words mount_chdir(const Record& record, const ev_mount_chdir& call, const WordsContext&) {
  const ev_string& asked = meant(record, call.path, call.path_fd_path);
  Words words{.verb = "chdir", .what = "to " + text_of(record, asked)};
  const std::string_view cwd = record.string(call.cwd).text;
  if (!cwd.empty() && cwd != record.string(asked).text)
    words.what += fmt::format("  {} {}", kArrow, text_of(record, call.cwd));
  words.group = {GroupKind::directory, "", {}};
  return words;
}

Words mount_fchdir(const Record& record, const ev_mount_fchdir& call, const WordsContext&) {
  Words words{.verb = "fchdir", .group = {GroupKind::directory, "", {}}};
  const ev_string& where = present(record, call.cwd) ? call.cwd : call.fd_path;
  words.what = fmt::format("to fd {} {} {}", call.fd, kArrow,
                           present(record, where) ? text_of(record, where) : "unknown");
  return words;
}

} // namespace words
} // namespace vitrine::story
