// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/holder_words.h"
#include "userspace/query/object_type.h"

namespace vitrine::query {
namespace {

using objects::Namespace;
using objects::NamespaceKind;

Value kind(const Namespace& space, const Lookup&) {
  return std::string(namespace_kind_name(space.id.kind));
}

Value inode(const Namespace& space, const Lookup&) {
  return std::uint64_t{space.id.inode};
}

Value pid(const Namespace& space, const Lookup&) {
  return space.oldest ? Value(std::uint64_t{space.oldest->pid}) : Value();
}

Value comm(const Namespace& space, const Lookup& lookup) {
  if (!space.oldest) return {};
  const auto* process = lookup.find<objects::Process>(*space.oldest);
  return process != nullptr ? Value(process->comm) : Value();
}

Value lives_in(const Namespace& space, const Lookup& lookup) {
  List names;
  for (const objects::ContainerId& id : space.containers)
    names.push_back(lookup.container_name(id));
  return names;
}

Value held_by(const Namespace& space, const Lookup& lookup) {
  List words;
  for (const objects::Holder& holder : space.kept_alive_by)
    words.push_back(holder_words(holder, lookup));
  return words;
}

Value release(const Namespace& space, const Lookup&) {
  List words;
  for (const objects::Holder& holder : space.kept_alive_by)
    if (!holder.release.empty()) words.push_back(holder.release);
  return words;
}

/// User and pid namespaces are nested; the others belong to a user namespace.
std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  const Namespace& space = lookup.row<Namespace>(row);
  const bool nested = space.id.kind == NamespaceKind::user || space.id.kind == NamespaceKind::pid;
  const auto& above = nested && space.parent ? space.parent : space.owner;
  return above ? lookup.index_of(lookup.find<Namespace>(*above)) : std::nullopt;
}

} // namespace

ObjectType namespaces_type() {
  ObjectType type;
  type.table = Table::namespaces;
  type.name = "namespaces";
  type.columns = columns_of<Namespace>(
      {computed("kind", Kind::text, "cgroup, ipc, mnt, net, pid, time, user or uts", kind),
       computed("inode", Kind::number, "its number in /proc/PID/ns", inode),
       computed("pid", Kind::number, "of the process in it that has run longest", pid),
       computed("comm", Kind::text, "the name of that process", comm, {Table::processes}),
       computed("lives_in", Kind::list, "the containers whose processes live in it", lives_in,
                {Table::containers}),
       computed("held_by", Kind::list, "what keeps it alive, in words", held_by,
                {Table::processes}),
       computed("release", Kind::list, "what would let go of it", release)});
  type.usual = "id,processes,pid,lives_in,held_by";
  type.in_tree = "id,processes,pid,lives_in,held_by";
  type.trunk = "id";
  type.size = row_count<Namespace>;
  type.parent = parent;
  type.only = only_rows<Namespace>;
  return type;
}

} // namespace vitrine::query
