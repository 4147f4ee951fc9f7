// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/namespace_facts.h"
#include "userspace/objects/process.h"

#include <map>
#include <optional>
#include <vector>

namespace vitrine::census {

/// What ioctl_ns(2) tells of the namespace behind an open file of nsfs, whose descriptor is
/// borrowed. Without references, which only the kernel's own list has.
Result<objects::NamespaceFacts> facts_of(int nsfs_fd);

/// Namespaces by identity, with what is known of each.
class NamespaceTable {
public:
  /// Of the kernel's own list.
  void add(const objects::NamespaceFacts& facts) { table_[facts.id] = facts; }
  [[nodiscard]] bool has(const objects::NamespaceId& id) const { return table_.contains(id); }

  /// Whether it has every namespace that the processes live in.
  [[nodiscard]] bool has_all_of(const std::vector<objects::Process>& processes) const;

  /// Adds every namespace that the processes speak of, asking for those that are not known yet, and
  /// their parents and owners up to the first. `proc` is borrowed. One that cannot be opened is
  /// there without facts.
  void add_all_of(int proc, const std::vector<objects::Process>& processes);

  /// By identity.
  [[nodiscard]] std::vector<objects::NamespaceFacts> list() const;

private:
  void mention(const objects::NamespaceId& id);
  void climb(int nsfs_fd);
  void add_links(int proc, const std::string& directory, const objects::NamespaceLinks& links);
  void mark_initial(const objects::Process& kernel_thread);

  std::map<objects::NamespaceId, objects::NamespaceFacts> table_;
};

} // namespace vitrine::census
