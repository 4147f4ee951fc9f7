// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/mountinfo.h"

#include "userspace/base/split.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <charconv>

#include <fcntl.h>

namespace vitrine::kernel {
namespace {

template<class Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// Takes the next word off `rest`; empty at the end of the line.
std::string_view next_word(std::string_view& rest) {
  const auto end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

void read_optional_field(std::string_view field, MountInfo& mount) {
  std::uint64_t group = 0;
  const auto colon = field.find(':');
  if (field == "unbindable") mount.unbindable = true;
  if (colon == std::string_view::npos || !parse_number(field.substr(colon + 1), group)) return;
  const std::string_view name = field.substr(0, colon);
  if (name == "shared") mount.peer_group = group;
  if (name == "master") mount.master_group = group;
  if (name == "propagate_from") mount.propagate_from = group;
}

std::optional<MountInfo> parse_line(std::string_view line) {
  MountInfo mount;
  if (!parse_number(next_word(line), mount.id)) return std::nullopt;
  if (!parse_number(next_word(line), mount.parent_id)) return std::nullopt;
  const std::string_view device = next_word(line);
  const auto colon = device.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (!parse_number(device.substr(0, colon), mount.device_major)) return std::nullopt;
  if (!parse_number(device.substr(colon + 1), mount.device_minor)) return std::nullopt;
  mount.root = unescape_octal(next_word(line));
  mount.mount_point = unescape_octal(next_word(line));
  mount.options = next_word(line);
  for (;;) {
    if (line.empty()) return std::nullopt;
    const std::string_view field = next_word(line);
    if (field == "-") break;
    read_optional_field(field, mount);
  }
  mount.type = unescape_octal(next_word(line));
  mount.source = unescape_octal(next_word(line));
  mount.super_options = next_word(line);
  if (mount.type.empty()) return std::nullopt;
  return mount;
}

} // namespace

std::string unescape_octal(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 3 >= text.size() || !digit(i + 1) || !digit(i + 2) ||
        !digit(i + 3)) {
      out += text[i];
      continue;
    }
    const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
    out += static_cast<char>(code);
    i += 3;
  }
  return out;
}

std::vector<std::string> split_options(std::string_view text) {
  std::vector<std::string> options;
  for (const std::string_view option : split(text, ','))
    options.push_back(unescape_octal(option));
  return options;
}

Result<std::vector<MountInfo>> parse_mountinfo(std::string_view text) {
  std::vector<MountInfo> mounts;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    auto mount = parse_line(line);
    if (!mount) return failure("mountinfo: not understood: \"{}\"", escape_text(line));
    mounts.push_back(*std::move(mount));
  }
  return mounts;
}

Result<std::vector<MountInfo>> read_mountinfo(const std::string& proc_root) {
  auto text = read_file_at(AT_FDCWD, proc_root + "/self/mountinfo");
  if (!text) return tl::unexpected(std::move(text).error());
  return parse_mountinfo(*text);
}

} // namespace vitrine::kernel
