// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/namespaces.h"

#include "userspace/world/namespace_holders.h"
#include "userspace/world/namespace_table.h"

#include <algorithm>

namespace vitrine::world {
namespace {

using objects::NamespaceKind;

void add_facts(NamespaceTable& table, const objects::NamespaceFacts& facts) {
  objects::Namespace& row = table.row(facts.id);
  row.unique_id = facts.unique_id;
  row.parent = facts.parent;
  row.owner = facts.owner;
  row.creator_uid = facts.creator_uid;
  row.references = facts.references;
  row.initial = facts.initial;
}

bool older(const objects::ProcessId& a, const objects::ProcessId& b) {
  return std::pair(a.start_ticks, a.pid) < std::pair(b.start_ticks, b.pid);
}

void add_links(NamespaceTable& table, const objects::Process& process) {
  for (const NamespaceKind kind : objects::kNamespaceKinds) {
    const auto& own = process.namespaces.of(kind);
    if (own) {
      objects::Namespace& row = table.row({kind, *own});
      ++row.processes;
      if (!row.oldest || older(process.id, *row.oldest)) row.oldest = process.id;
    }
    for (const objects::Thread& thread : process.threads) {
      const auto& inode = thread.namespaces.of(kind);
      if (inode && inode != own) ++table.row({kind, *inode}).threads;
    }
  }
}

/// Those that are only spoken of, by who has a row.
void add_above(NamespaceTable& table) {
  for (std::size_t i = 0; i < table.rows().size(); ++i)
    for (const auto& above : {table.rows()[i].parent, table.rows()[i].owner})
      if (above) (void)table.row(*above);
}

bool has_unknown_holder(const objects::Namespace& row) {
  return std::ranges::find(row.kept_alive_by, objects::HolderKind::unknown,
                           &objects::Holder::kind) != row.kept_alive_by.end();
}

} // namespace

bool has_unknown_holders(std::span<const objects::Namespace> rows) {
  return std::ranges::any_of(rows, has_unknown_holder);
}

void settle_unknown_holders(std::vector<objects::Namespace>& rows,
                            std::span<const objects::Namespace> later) {
  std::erase_if(rows, [&](objects::Namespace& row) {
    if (!has_unknown_holder(row)) return false;
    const auto now = std::ranges::lower_bound(later, row.id, {}, &objects::Namespace::id);
    if (now == later.end() || now->id != row.id || now->unique_id != row.unique_id) return true;
    row = *now;
    return false;
  });
}

std::vector<objects::Namespace> namespaces_of(std::span<const objects::Process> processes,
                                              std::span<const objects::NamespaceFacts> facts,
                                              std::span<const objects::Mount> mounts) {
  NamespaceTable table;
  for (const objects::NamespaceFacts& fact : facts)
    add_facts(table, fact);
  for (const objects::Process& process : processes)
    add_links(table, process);
  add_above(table);
  add_holders(table, processes, mounts);
  std::vector<objects::Namespace> rows = std::move(table).take();
  std::ranges::sort(rows, {}, &objects::Namespace::id);
  return rows;
}

} // namespace vitrine::world
