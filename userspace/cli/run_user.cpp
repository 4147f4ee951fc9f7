// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/run_user.h"

#include "userspace/base/in_root.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <charconv>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

namespace vitrine::cli {
namespace {

constexpr std::uint32_t kMostId = 0xfffffffe; // (uid_t)-1 means "leave as it is"

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id > kMostId) return std::nullopt;
  return id;
}

/// The file as the topmost layer that has it shows it; empty where there is none. In a layer, links
/// lead nowhere but into that layer, and a whiteout is a device node.
std::string read_from_layers(const std::vector<std::string>& layers, const char* path) {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    const auto root = open_at(AT_FDCWD, *layer, O_PATH | O_DIRECTORY);
    if (!root) continue;
    const UniqueFd file(open_in_root(root->get(), path, O_PATH));
    if (!file.valid()) continue;
    struct stat info {};
    if (::fstat(file.get(), &info) < 0 || !S_ISREG(info.st_mode)) return {};
    return read_file_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", file.get())).value_or("");
  }
  return {};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The fields of the first line of passwd(5) or group(5) that has `value` in `field`.
std::vector<std::string_view> find_line(std::string_view file, std::size_t field,
                                        std::string_view value) {
  for (const std::string_view line : split(file, '\n')) {
    std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() >= 4 && fields[field] == value) return fields;
  }
  return {};
}

void add_memberships(std::string_view groups, std::string_view name, ContainerUser& user) {
  for (const std::string_view line : split(groups, '\n')) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() < 4) continue;
    const auto gid = parse_id(fields[2]);
    for (const std::string_view member : split(fields[3], ','))
      if (gid && member == name && *gid != user.gid) user.additional_gids.push_back(*gid);
  }
}

} // namespace

Result<ContainerUser> find_user(const std::string& text, const std::vector<std::string>& layers) {
  const auto colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string passwd = read_from_layers(layers, "etc/passwd");
  const std::string groups = read_from_layers(layers, "etc/group");
  ContainerUser user;
  const auto uid = parse_id(name);
  const auto line = find_line(passwd, uid ? 2 : 0, name);
  if (!uid && line.empty())
    return with_hint(failure("--user: no user \"{}\" in the image", escape_text(name)),
                     "see its /etc/passwd, or give numbers: --user 1000:1000");
  if (!line.empty()) {
    const auto known = parse_id(line[2]);
    const auto group = parse_id(line[3]);
    if (!known || !group)
      return failure("--user: the image's /etc/passwd has no numbers for \"{}\"",
                     escape_text(name));
    user.uid = *known;
    user.gid = *group;
    if (line.size() > 5 && !line[5].empty()) user.home = line[5];
  } else {
    user.uid = *uid;
  }
  if (colon == std::string::npos) {
    if (!line.empty()) add_memberships(groups, line[0], user);
    return user;
  }

  const std::string group_name = text.substr(colon + 1);
  const auto gid = parse_id(group_name);
  const auto group = gid ? std::vector<std::string_view>() : find_line(groups, 0, group_name);
  const auto found = group.empty() ? gid : parse_id(group[2]);
  if (!found)
    return with_hint(failure("--user: no group \"{}\" in the image", escape_text(group_name)),
                     "see its /etc/group, or give numbers: --user 1000:1000");
  user.gid = *found;
  return user;
}

} // namespace vitrine::cli
