// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <optional>

namespace vitrine::story {

/// A new process: what clone, clone3, fork and vfork tell alike.
struct NewProcess {
  std::uint64_t flags = 0;
  std::uint32_t pid = 0;
  std::uint32_t ns_pid = 0;
  std::uint64_t start_ns = 0;
  ev_namespaces before = {};
  ev_namespaces after = {};
  [[nodiscard]] bool thread() const;
};

/// Nothing when the record is another event, or the call failed.
[[nodiscard]] std::optional<NewProcess> new_process(const events::Record& record);

/// A change of the caller's namespaces, or of its child's: clone*, fork, unshare, setns.
struct NamespaceChange {
  ev_namespaces before = {};
  ev_namespaces after = {};
};
[[nodiscard]] std::optional<NamespaceChange> namespace_change(const events::Record& record);

/// The inode of one kind in a set; 0: unknown.
[[nodiscard]] std::uint32_t inode_of(const ev_namespaces& set, vitrine_namespace_kind kind);

/// Whether both inodes are known and differ.
[[nodiscard]] bool differs(const ev_namespaces& a, const ev_namespaces& b,
                           vitrine_namespace_kind kind);

} // namespace vitrine::story
