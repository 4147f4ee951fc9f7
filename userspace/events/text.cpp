// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/text.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include <fcntl.h>

namespace vitrine::events {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : escape_text(text)) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

std::string quoted_list(std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string_view part : split_strings(text))
    parts.push_back(quoted(part));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::uint64_t known_capabilities() {
  std::uint64_t known = 0;
  for (const kernel::FlagName& flag : kernel::kCapabilities)
    known |= flag.mask;
  return known;
}

/// The shortest that says all.
std::string capabilities_text(std::uint64_t set) {
  const std::uint64_t missing = known_capabilities() & ~set;
  if (set == 0) return "none";
  if (missing == 0) return "all";
  if (std::popcount(missing) < std::popcount(set))
    return "all but " + kernel::flags_text(kernel::kCapabilities, missing);
  return kernel::flags_text(kernel::kCapabilities, set);
}

/// The same where only a few names have room.
std::string brief_capabilities_text(std::uint64_t set) {
  const int few = std::min(std::popcount(set), std::popcount(known_capabilities() & ~set));
  return few > 3 ? fmt::format("{} capabilities", std::popcount(set)) : capabilities_text(set);
}

std::string namespaces_text(const ev_namespaces& namespaces) {
  std::vector<std::string> parts;
  for (const NamespaceMember& member : kNamespaceMembers)
    if (auto text = namespace_text(member.kind, namespaces.*member.inode))
      parts.push_back(*std::move(text));
  return fmt::format("{}", fmt::join(parts, " "));
}

/// Only what differs from an ordinary process.
std::string credentials_text(const ev_credentials& c) {
  std::string out = fmt::format("uid {} gid {}", c.euid, c.egid);
  if (c.uid != c.euid || c.suid != c.euid || c.fsuid != c.euid)
    fmt::format_to(std::back_inserter(out), " (real uid {}, saved {}, fs {})", c.uid, c.suid,
                   c.fsuid);
  if (c.gid != c.egid || c.sgid != c.egid || c.fsgid != c.egid)
    fmt::format_to(std::back_inserter(out), " (real gid {}, saved {}, fs {})", c.gid, c.sgid,
                   c.fsgid);
  const auto set = [&](std::string_view name, std::uint64_t capabilities) {
    fmt::format_to(std::back_inserter(out), " {} {}", name, brief_capabilities_text(capabilities));
  };
  set("effective", c.effective);
  set("bounding", c.bounding);
  if (c.ambient != 0) set("ambient", c.ambient);
  if (c.securebits != 0) out += ' ' + kernel::flags_text(kernel::kSecurebits, c.securebits);
  if (c.no_new_privs != 0) out += " no_new_privs";
  if (c.seccomp_mode != 0)
    fmt::format_to(std::back_inserter(out), " {} ({})",
                   kernel::enum_text(kernel::kSeccompModes, c.seccomp_mode), c.seccomp_filters);
  return out;
}

std::string mount_text(const ev_mount& mount) {
  if (mount.id == 0 && mount.unique_id == 0) return "?";
  return fmt::format("{}{}", mount.id, mount.mnt_inode == 0 ? " (detached)" : "");
}

std::string hierarchy_text(std::uint32_t number, const StreamStart& start) {
  if (number == 0) return "v2";
  const CgroupHierarchy* hierarchy = find_hierarchy(start, number);
  return hierarchy != nullptr ? escape_text(hierarchy->controllers) : fmt::format("{}", number);
}

std::string id_map_text(std::string_view bytes) {
  std::vector<std::string> lines;
  for (const ev_id_extent& extent : split_values<ev_id_extent>(bytes))
    lines.push_back(fmt::format("{} {} {}", extent.inside, extent.outside, extent.count));
  return fmt::format("[{}]", fmt::join(lines, ", "));
}

std::string cgroup_file(const Record& record) {
  const FieldSchema* file = find_field(record.schema(), "file");
  return file != nullptr ? std::string(string_of(record, *file).text) : std::string();
}

enum class Quotes : bool { no, yes };

std::string string_text(const Record& record, const FieldSchema& field, Quotes quotes) {
  const RecordString string = string_of(record, field);
  if (string.absent()) return {};
  if (string.unreadable()) return "?";
  const std::string_view end = string.truncated() ? "…" : "";
  switch (field.kind) {
  case Kind::path_list_:
  case Kind::argv_:
    return quoted_list(string.text).append(end);
  case Kind::pid_list_:
    return fmt::format("[{}]{}", fmt::join(split_values<std::int32_t>(string.text), ", "), end);
  case Kind::id_list_:
    return fmt::format("[{}]{}", fmt::join(split_values<std::uint32_t>(string.text), ", "), end);
  case Kind::id_map_:
    return id_map_text(string.text).append(end);
  default:
    break;
  }
  return (quotes == Quotes::yes ? quoted(string.text) : escape_text(string.text)).append(end);
}

} // namespace

std::string field_text(const Record& record, const FieldSchema& field, const StreamStart& start) {
  const std::int64_t value = integer_of(record, field);
  const auto bits = static_cast<std::uint64_t>(value);
  switch (field.kind) {
  case Kind::count_:
    return field.is_signed ? fmt::format("{}", value) : fmt::format("{}", bits);
  case Kind::bytes_:
    return value != -1 ? fmt::format("{}", bits) : "?";
  case Kind::id_:
    return value == -1 ? "-1" : fmt::format("{}", static_cast<std::uint32_t>(value));
  case Kind::pid_:
  case Kind::fd_:
    return fmt::format("{}", value);
  case Kind::dirfd_:
    return value == AT_FDCWD ? "AT_FDCWD" : fmt::format("{}", value);
  case Kind::hex_:
    return fmt::format("{:#x}", bits);
  case Kind::bool_:
    return value != 0 ? "yes" : "no";
  case Kind::inode_:
    return namespace_text(record, field).value_or("?");
  case Kind::socket_:
    return value != 0 ? fmt::format("{}", value) : "?";
  case Kind::signal_:
    return kernel::signal_text(bits);
  case Kind::boot_time_:
    return fmt::format("{}.{:09}s", bits / 1'000'000'000, bits % 1'000'000'000);
  case Kind::namespace_kind_:
    return kernel::enum_text(kernel::kNamespaceKinds, bits);
  case Kind::cgroup_hierarchy_:
    return hierarchy_text(static_cast<std::uint32_t>(value), start);
  case Kind::cgroup_id_:
    return fmt::format("{}", bits);
  case Kind::capabilities_:
    return capabilities_text(bits);
  case Kind::flags_clone_:
  case Kind::flags_mount_:
  case Kind::flags_umount_:
  case Kind::flags_at_:
  case Kind::flags_fsopen_:
  case Kind::flags_fsmount_:
  case Kind::flags_fspick_:
  case Kind::flags_mount_attr_:
  case Kind::flags_open_tree_:
  case Kind::flags_move_mount_:
  case Kind::flags_seccomp_:
  case Kind::flags_witness_:
    return kernel::flags_text(names_of(field.kind), bits);
  case Kind::enum_fsconfig_:
  case Kind::enum_prctl_:
  case Kind::enum_seccomp_:
  case Kind::enum_seccomp_mode_:
    return kernel::enum_text(names_of(field.kind), bits);
  case Kind::namespaces_:
    return namespaces_text(struct_of<ev_namespaces>(record, field));
  case Kind::credentials_:
    return credentials_text(struct_of<ev_credentials>(record, field));
  case Kind::mount_:
    return mount_text(struct_of<ev_mount>(record, field));
  case Kind::cgroup_value_:
    return cgroup_value_text(struct_of<ev_cgroup_value>(record, field), cgroup_file(record))
        .value_or("?");
  case Kind::text_:
  case Kind::path_:
  case Kind::path_list_:
  case Kind::argv_:
  case Kind::pid_list_:
  case Kind::id_list_:
  case Kind::id_map_:
    return string_text(record, field, Quotes::no);
  }
  return {};
}

std::string quoted_field_text(const Record& record, const FieldSchema& field,
                              const StreamStart& start) {
  return field.is_string ? string_text(record, field, Quotes::yes)
                         : field_text(record, field, start);
}

} // namespace vitrine::events
