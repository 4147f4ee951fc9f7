// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/mount_api_words.h"

#include "userspace/base/text_escape.h"
#include "userspace/story/option_words.h"
#include "userspace/story/root_filesystem.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

#include <linux/mount.h>

namespace vitrine::story {

using events::Record;

std::string mount_target(const Record& record, const ev_mount_mount& call) {
  const ev_string& asked = meant(record, call.target, call.target_fd_path);
  const bool relative = !record.string(asked).text.starts_with('/');
  return text_of(record, relative && present(record, call.mountpoint) ? call.mountpoint : asked);
}

std::string mount_source(const Record& record, const ev_mount_mount& call) {
  return text_of(record, meant(record, call.source, call.source_fd_path));
}

bool creates(const ev_mount_fsconfig& call) {
  return call.command == FSCONFIG_CMD_CREATE || call.command == kFsconfigCreateExclusive;
}

std::string fsconfig_value_words(const Record& record, const ev_mount_fsconfig& call) {
  if (call.command == FSCONFIG_SET_FLAG) return {};
  if (call.command != FSCONFIG_SET_FD)
    return text_of(record, meant(record, call.value, call.value_fd_path));
  const std::string path = text_of(record, call.value_fd_path);
  return fmt::format("fd {}{}{}", call.aux, path.empty() ? "" : " ", path);
}

std::string attribute_change_words(const ev_mount_mount_setattr& call) {
  std::vector<std::string> changes;
  if (call.attr_set != 0) changes.push_back("set " + attribute_words(call.attr_set));
  if (call.attr_clr != 0) changes.push_back("clear " + attribute_words(call.attr_clr));
  if (call.propagation != 0) changes.push_back("make " + propagation_words(call.propagation));
  if ((call.flags & kAtRecursive) != 0) changes.emplace_back("recursively");
  return joined(changes);
}

std::string move_target(const Record& record, const ev_mount_move_mount& call) {
  return present(record, call.mountpoint)
             ? text_of(record, call.mountpoint)
             : place_of(record, call.to_dirfd_path, call.to_path, call.to_path_fd_path);
}

namespace {

bool only_read_only(const ev_mount_mount_setattr& call) {
  return call.attr_set == MOUNT_ATTR_RDONLY && call.attr_clr == 0 && call.propagation == 0;
}

} // namespace

namespace words {

Words mount_fsopen(const Record& record, const ev_mount_fsopen& call, const WordsContext&) {
  return {.verb = "fsopen", .what = "configure a new " + text_of(record, call.fstype)};
}

Words mount_fsconfig(const Record& record, const ev_mount_fsconfig& call, const WordsContext&) {
  Words words{.verb = "fsconfig"};
  const std::string key = text_of(record, call.key);
  const std::string value = fsconfig_value_words(record, call);
  if (call.command == FSCONFIG_CMD_RECONFIGURE)
    words.what = "reconfigure it";
  else if (creates(call))
    words.what =
        call.command == FSCONFIG_CMD_CREATE ? "create it" : "create it, sharing no existing one";
  else
    words.what = value.empty() ? key : fmt::format("{} = {}", key, value);
  if (present(record, call.context_fstype))
    words.what = text_of(record, call.context_fstype) + ": " + words.what;
  return words;
}

Words mount_fsmount(const Record& record, const ev_mount_fsmount& call, const WordsContext&) {
  Words words{.verb = "fsmount"};
  const RootFilesystem made = root_filesystem_of(record, call);
  words.what = made.fstype.empty()
                   ? "detached mount"
                   : fmt::format("detached mount of {}", root_filesystem_words(made));
  if (const std::string options = attribute_words(call.attr_flags); !options.empty())
    words.what += "  " + options;
  return words;
}

Words mount_fspick(const Record& record, const ev_mount_fspick& call, const WordsContext&) {
  return {.verb = "fspick",
          .what = "reconfigure the file system at " +
                  place_of(record, call.dirfd_path, call.path, call.path_fd_path)};
}

Words mount_open_tree(const Record& record, const ev_mount_open_tree& call, const WordsContext&) {
  Words words{.verb = "open_tree"};
  const bool copy = (call.flags & OPEN_TREE_CLONE) != 0;
  words.what = fmt::format("{} {}", copy ? "detached copy of" : "handle on",
                           place_of(record, call.dirfd_path, call.path, call.path_fd_path));
  if (copy && (call.flags & kAtRecursive) != 0) words.what += " recursively";
  return words;
}

Words mount_move_mount(const Record& record, const ev_mount_move_mount& call, const WordsContext&) {
  Words words{.verb = "move_mount"};
  const RootFilesystem moved = root_filesystem_of(record, call);
  const bool by_path = present(record, call.from_path);
  const std::string from =
      !moved.fstype.empty() ? escape_text(moved.fstype)
      : by_path             ? place_of(record, call.from_dirfd_path, call.from_path, call.from_path)
                            : fmt::format("the mount of fd {}", call.from_dirfd);
  words.what = fmt::format("{} to {}", from, move_target(record, call));
  if (!moved.lower.empty()) words.what += "  " + layer_words(moved);
  return words;
}

Words mount_mount_setattr(const Record& record, const ev_mount_mount_setattr& call,
                          const WordsContext&) {
  const std::string place = place_of(record, call.dirfd_path, call.path, call.path);
  Words words{.verb = "mount_setattr", .what = place};
  if (const std::string changes = attribute_change_words(call); !changes.empty())
    words.what += "  " + changes;
  if (only_read_only(call)) words.group = {GroupKind::read_only, "", place};
  return words;
}

} // namespace words
} // namespace vitrine::story
