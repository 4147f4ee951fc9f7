// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/ids.h"

#include "userspace/base/text_escape.h"

#include <algorithm>
#include <charconv>

namespace vitrine::objects {
namespace {

struct KindName {
  NamespaceKind kind;
  std::string_view name;    // proc(5)
  std::string_view synonym; // unshare(1), the OCI runtime specification
};

constexpr KindName kKindNames[] = {
    {NamespaceKind::cgroup, "cgroup", "cgroup"}, {NamespaceKind::ipc, "ipc", "ipc"},
    {NamespaceKind::mnt, "mnt", "mount"},        {NamespaceKind::net, "net", "network"},
    {NamespaceKind::pid, "pid", "pid"},          {NamespaceKind::time, "time", "time"},
    {NamespaceKind::user, "user", "user"},       {NamespaceKind::uts, "uts", "uts"},
};

template<class Number>
bool read_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && (text.size() == 1 || text.front() != '0');
}

/// The numbers of `text` with `separator` between them: exactly as many as there are references.
template<class... Numbers>
bool read_numbers(std::string_view text, char separator, Numbers&... numbers) {
  std::size_t left = sizeof...(numbers);
  const auto read = [&](auto& number) {
    const std::size_t end = --left == 0 ? text.size() : text.find(separator);
    if (end == std::string_view::npos || !read_number(text.substr(0, end), number)) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
    return true;
  };
  return (read(numbers) && ...);
}

} // namespace

std::string_view namespace_kind_name(NamespaceKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)].name;
}

Result<NamespaceKind> namespace_kind_of(std::string_view name) {
  const auto* found = std::ranges::find_if(
      kKindNames, [&](const KindName& row) { return row.name == name || row.synonym == name; });
  if (found == std::end(kKindNames))
    return with_hint(failure("\"{}\" is no kind of namespace", escape_text(name)),
                     "cgroup, ipc, mnt, net, pid, time, user or uts");
  return found->kind;
}

std::string to_text(const ProcessId& id) {
  return fmt::format("{}:{}", id.pid, id.start_ticks);
}
std::string to_text(const NamespaceId& id) {
  return fmt::format("{}:[{}]", namespace_kind_name(id.kind), id.inode);
}
std::string to_text(const CgroupId& id) {
  return fmt::format("{}:{}", id.hierarchy, id.id);
}
std::string to_text(const MountId& id) {
  return fmt::format("{}:{}", id.mount_namespace, id.id);
}
std::string to_text(const LayerId& id) {
  return fmt::format("{}:{}:{}", id.device_major, id.device_minor, id.inode);
}
std::string to_text(const ContainerId& id) {
  return id.engine + "/" + id.id;
}
std::string to_text(const InterfaceId& id) {
  return fmt::format("{}/{}", id.network_namespace, id.index);
}

bool from_text(std::string_view text, ProcessId& id) {
  ProcessId read;
  if (!read_numbers(text, ':', read.pid, read.start_ticks)) return false;
  id = read;
  return true;
}

bool from_text(std::string_view text, NamespaceId& id) {
  const std::size_t colon = text.find(":[");
  if (colon == std::string_view::npos || !text.ends_with(']')) return false;
  NamespaceId read;
  const auto* row = std::ranges::find(kKindNames, text.substr(0, colon), &KindName::name);
  if (row == std::end(kKindNames)) return false;
  read.kind = row->kind;
  if (!read_number(text.substr(colon + 2, text.size() - colon - 3), read.inode)) return false;
  id = read;
  return true;
}

bool from_text(std::string_view text, CgroupId& id) {
  CgroupId read;
  if (!read_numbers(text, ':', read.hierarchy, read.id)) return false;
  id = read;
  return true;
}

bool from_text(std::string_view text, MountId& id) {
  MountId read;
  if (!read_numbers(text, ':', read.mount_namespace, read.id)) return false;
  id = read;
  return true;
}

bool from_text(std::string_view text, LayerId& id) {
  LayerId read;
  if (!read_numbers(text, ':', read.device_major, read.device_minor, read.inode)) return false;
  id = read;
  return true;
}

bool from_text(std::string_view text, ContainerId& id) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
  id.engine = text.substr(0, slash);
  id.id = text.substr(slash + 1);
  return true;
}

bool from_text(std::string_view text, InterfaceId& id) {
  InterfaceId read;
  if (!read_numbers(text, '/', read.network_namespace, read.index)) return false;
  id = read;
  return true;
}

} // namespace vitrine::objects
