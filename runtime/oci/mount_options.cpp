// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/mount_options.h"

#include "userspace/base/text_escape.h"

#include <algorithm>
#include <string_view>

#include <sys/mount.h>

namespace vitrine::oci {
namespace {

constexpr std::uint64_t kNoSymlinkFollow = 0x200000; // MOUNT_ATTR_NOSYMFOLLOW, 5.14

/// A word that sets one attribute and clears others. With an "r" in front it is recursive.
struct AttributeWord {
  std::string_view word;
  std::uint64_t set;
  std::uint64_t clear;
};

/// runtime-spec config.md, "Linux mount options".
constexpr AttributeWord kAttributeWords[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"nosymfollow", kNoSymlinkFollow, 0},
    {"symfollow", 0, kNoSymlinkFollow},
};

struct PropagationWord {
  std::string_view word;
  std::uint64_t flags;
};

constexpr PropagationWord kPropagationWords[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

/// Known words that ask for nothing here.
constexpr std::string_view kIgnoredWords[] = {"defaults", "async",      "auto",
                                              "noauto",   "norelatime", "nostrictatime"};

/// Known words that no mount made with fsmount(2) or open_tree(2) here can honour yet.
constexpr std::string_view kUnsupportedWords[] = {"idmap",        "ridmap", "tmpcopyup", "remount",
                                                  "copy-symlink", "mand",   "sync",      "dirsync"};

template<class Table>
const auto* find_word(const Table& table, std::string_view word) {
  const auto* found = std::find_if(std::begin(table), std::end(table),
                                   [&](const auto& entry) { return entry.word == word; });
  return found == std::end(table) ? nullptr : found;
}

template<class Table>
bool contains(const Table& table, std::string_view word) {
  return std::find(std::begin(table), std::end(table), word) != std::end(table);
}

bool apply_attribute(std::string_view word, std::uint64_t& attributes) {
  const AttributeWord* entry = find_word(kAttributeWords, word);
  if (entry == nullptr) return false;
  attributes = (attributes & ~entry->clear) | entry->set;
  return true;
}

bool apply_word(std::string_view word, MountOptions& options) {
  if (word == "bind" || word == "rbind") {
    options.bind = true;
    options.recursive_bind = word == "rbind";
    return true;
  }
  if (const PropagationWord* entry = find_word(kPropagationWords, word); entry != nullptr) {
    options.propagation = entry->flags;
    return true;
  }
  if (apply_attribute(word, options.attributes)) return true;
  return word.front() == 'r' && apply_attribute(word.substr(1), options.recursive_attributes);
}

} // namespace

Result<MountOptions> parse_mount_options(const std::vector<std::string>& words) {
  MountOptions options;
  for (const std::string& word : words) {
    if (word.empty() || contains(kIgnoredWords, word)) continue;
    if (contains(kUnsupportedWords, word))
      return failure("option \"{}\" is not supported by this runtime", escape_text(word));
    if (!apply_word(word, options)) options.data.push_back(word);
  }
  return options;
}

} // namespace vitrine::oci
