// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"
#include "userspace/query/propagation.h"

namespace vitrine::query {
namespace {

using objects::Mount;

Value mount_namespace(const Mount& mount, const Lookup&) {
  return to_text(objects::NamespaceId{objects::NamespaceKind::mnt, mount.id.mount_namespace});
}

Value mount_id(const Mount& mount, const Lookup&) {
  return std::uint64_t{mount.id.id};
}

Value lives_in(const Mount& mount, const Lookup& lookup) {
  if (mount.container) return lookup.container_name(*mount.container);
  const auto* host = lookup.initial(objects::NamespaceKind::mnt);
  if (host == nullptr) return {};
  return mount.id.mount_namespace == host->id.inode ? Value("host") : Value();
}

Value device(const Mount& mount, const Lookup&) {
  return fmt::format("{}:{}", mount.device_major, mount.device_minor);
}

Value propagation(const Mount& mount, const Lookup&) {
  return propagation_words(mount);
}

Value lowers(const Mount& mount, const Lookup&) {
  return mount.overlay ? Value(std::uint64_t{mount.overlay->lower.size()}) : Value();
}

std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  const auto& above = lookup.row<Mount>(row).parent;
  return above ? lookup.index_of(lookup.find<Mount>(*above)) : std::nullopt;
}

} // namespace

std::string propagation_words(const Mount& mount) {
  std::string words;
  const auto add = [&](std::string_view word, const std::optional<std::uint64_t>& group) {
    if (!group) return;
    if (!words.empty()) words += ' ';
    words += fmt::format("{}:{}", word, *group);
  };
  add("shared", mount.peer_group);
  add("master", mount.master_group);
  add("propagate_from", mount.propagate_from);
  if (mount.unbindable) return words.empty() ? "unbindable" : words + " unbindable";
  return words.empty() ? "private" : words;
}

ObjectType mounts_type() {
  ObjectType type;
  type.table = Table::mounts;
  type.name = "mounts";
  type.columns = columns_of<Mount>(
      {computed("mount_namespace", Kind::text, "the mount namespace that it is in",
                mount_namespace),
       computed("mount_id", Kind::number, "its number in mountinfo", mount_id),
       computed("lives_in", Kind::text, "the container whose mount namespace it is in, or host",
                lives_in, {Table::containers, Table::namespaces}),
       computed("device", Kind::text, "MAJOR:MINOR of the file system", device),
       computed("propagation", Kind::text, "shared, master, private or unbindable", propagation),
       computed("lowers", Kind::number, "how many lower layers an overlay has", lowers)});
  type.usual = "mount_namespace,mount_id,lives_in,type,source,propagation,mount_point";
  type.in_tree = "mount_namespace,mount_id,lives_in,type,source,propagation,mount_point";
  type.trunk = "mount_point";
  type.size = row_count<Mount>;
  type.parent = parent;
  type.only = only_rows<Mount>;
  return type;
}

} // namespace vitrine::query
