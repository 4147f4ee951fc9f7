// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/text.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"
#include "userspace/kernel/flags.h"

#include <fmt/format.h>

#include <cstring>

namespace vitrine::story {

std::string text_of(const events::Record& record, const ev_string& string) {
  const events::RecordString value = record.string(string);
  if (value.unreadable()) return "unreadable";
  std::string text = escape_text(value.text);
  if (value.truncated()) text += kEllipsis;
  return text;
}

std::string quoted(const events::Record& record, const ev_string& string) {
  const events::RecordString value = record.string(string);
  if (value.absent() || value.unreadable()) return text_of(record, string);
  std::string_view text = value.text;
  while (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  std::string out = "\"" + escape_text(text) + "\"";
  if (value.truncated()) out += kEllipsis;
  return out;
}

bool present(const events::Record& record, const ev_string& string) {
  const events::RecordString value = record.string(string);
  return value.unreadable() || (!value.absent() && !value.text.empty());
}

const ev_string& meant(const events::Record& record, const ev_string& path,
                       const ev_string& fd_path) {
  const events::RecordString value = record.string(fd_path);
  return value.text.empty() ? path : fd_path;
}

std::string place_of(const events::Record& record, const ev_string& directory,
                     const ev_string& path, const ev_string& fd_path) {
  const ev_string& asked = meant(record, path, fd_path);
  const std::string_view text = record.string(asked).text;
  if (text.starts_with('/')) return text_of(record, asked);
  std::string base = text_of(record, directory);
  if (text.empty()) return base.empty() ? "unknown" : base;
  if (!base.empty() && !base.ends_with('/')) base += '/';
  return base + text_of(record, asked);
}

std::string absolute(std::string_view directory, std::string_view path) {
  if (path.starts_with('/') || directory.empty()) return std::string(path);
  if (path == "." || path.empty()) return std::string(directory);
  if (path.starts_with("./")) path.remove_prefix(2);
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string capability_word(std::uint64_t number) {
  std::string name = kernel::capability_text(number);
  if (name.starts_with("CAP_")) name.erase(0, 4);
  return name;
}

std::vector<std::string> capability_words(std::uint64_t set) {
  std::vector<std::string> words;
  for (std::uint64_t number = 0; number < 64; ++number)
    if ((set >> number & 1) != 0) words.push_back(capability_word(number));
  return words;
}

std::size_t capability_count() {
  return kernel::kCapabilities.size();
}

std::string errno_words(std::int64_t result) {
  const int code = static_cast<int>(-result);
  const char* words = strerrordesc_np(code);
  if (words == nullptr) return events::error_name(result);
  return fmt::format("{}: {}", events::error_name(result), words);
}

} // namespace vitrine::story
