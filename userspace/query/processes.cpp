// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/capability_words.h"
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"

#include <fmt/ranges.h>

namespace vitrine::query {
namespace {

using objects::Process;

Value pid(const Process& process, const Lookup&) {
  return std::uint64_t{process.id.pid};
}

Value inner_pid(const Process& process, const Lookup&) {
  if (process.namespace_pids.empty()) return {};
  return std::uint64_t{process.namespace_pids.back()};
}

Value lives_in(const Process& process, const Lookup& lookup) {
  if (process.container) return lookup.container_name(*process.container);
  return lookup.snapshot().containers ? Value("host") : Value();
}

/// The kinds of namespaces in which it is away from the host.
Value apart(const Process& process, const Lookup& lookup) {
  List kinds;
  for (const objects::NamespaceKind kind : objects::kNamespaceKinds) {
    const auto* initial = lookup.initial(kind);
    const auto& link = process.namespaces.of(kind);
    if (link && initial == nullptr) return {};
    if (link && *link != initial->id.inode) kinds.emplace_back(namespace_kind_name(kind));
  }
  return kinds;
}

Value capabilities(const Process& process, const Lookup&) {
  if (!process.credentials) return {};
  return capability_words(process.credentials->effective.bits);
}

/// As ps(1) shows it: the name of a kernel thread in brackets.
Value command(const Process& process, const Lookup&) {
  if (process.command && !process.command->empty())
    return fmt::format("{}", fmt::join(*process.command, " "));
  return fmt::format("[{}]", process.comm);
}

Value thread_count(const Process& process, const Lookup&) {
  return std::uint64_t{process.threads.size() + 1};
}

Value cgroup(const Process& process, const Lookup&) {
  List places;
  for (const objects::CgroupPlace& place : process.cgroups)
    places.push_back(fmt::format("{}:{}", place.hierarchy, place.path));
  return places;
}

std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  const std::uint32_t parent_pid = lookup.row<Process>(row).parent_pid;
  return parent_pid == 0 ? std::nullopt : lookup.index_of(lookup.process(parent_pid));
}

} // namespace

ObjectType processes_type() {
  ObjectType type;
  type.table = Table::processes;
  type.name = "processes";
  type.columns = columns_of<Process>(
      {computed("pid", Kind::number, "its number for the reader", pid),
       computed("inner_pid", Kind::number, "its number in its own pid namespace", inner_pid),
       computed("lives_in", Kind::text, "the container that it lives in, or host", lives_in,
                {Table::containers}),
       computed("apart", Kind::list, "kinds of its namespaces that are not the host's", apart,
                {Table::namespaces}),
       computed("capabilities", Kind::text, "its effective ones in words", capabilities),
       computed("command", Kind::text, "its arguments; a kernel thread's name in brackets",
                command),
       computed("thread_count", Kind::number, "its threads, with the main one", thread_count),
       computed("cgroup", Kind::list, "HIERARCHY:PATH in every hierarchy", cgroup)});
  type.usual = "pid,parent_pid,inner_pid,effective_uid,lives_in,apart,capabilities,seccomp,command";
  type.in_tree = "pid,effective_uid,lives_in,apart,command";
  type.trunk = "command";
  type.size = row_count<Process>;
  type.parent = parent;
  type.only = only_rows<Process>;
  return type;
}

} // namespace vitrine::query
