// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/option_words.h"

#include "userspace/base/text_escape.h"
#include "userspace/kernel/flags.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include <linux/mount.h>

namespace vitrine::story {
namespace {

constexpr std::uint64_t kPropagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
/// What chooses the operation, and MS_SILENT, MS_MGC_VAL and the like, which change nothing.
constexpr std::uint64_t kOptions = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS |
                                   MS_MANDLOCK | MS_DIRSYNC | MS_NOSYMFOLLOW | MS_NOATIME |
                                   MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME | MS_LAZYTIME;

std::string option_word(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string word(name);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "rdonly") return "ro";
  if (word == "synchronous") return "sync";
  if (word == "_atime") return "atime";
  return word;
}

std::string option_words(kernel::FlagSet set, std::uint64_t flags, std::string_view prefix) {
  std::vector<std::string> words;
  for (const std::string& name : kernel::flag_names(set, flags))
    words.push_back(option_word(name, prefix));
  return fmt::format("{}", fmt::join(words, ","));
}

} // namespace

std::string mount_option_words(std::uint64_t flags) {
  return option_words(kernel::kMountFlags, flags & kOptions, "MS_");
}

std::string attribute_words(std::uint64_t flags) {
  return option_words(kernel::kMountAttributes, flags, "MOUNT_ATTR_");
}

std::string propagation_words(std::uint64_t flags) {
  std::string words = option_words(kernel::kMountFlags, flags & kPropagation, "MS_");
  if ((flags & MS_REC) != 0) words += " recursively";
  return words;
}

std::string layer_words(const RootFilesystem& overlay) {
  return counted(overlay.lower.size(), "lower layer", "lower layers") +
         (overlay.upper.empty() ? ", no upper: read-only"
                                : ", upper " + escape_text(overlay.upper));
}

} // namespace vitrine::story
