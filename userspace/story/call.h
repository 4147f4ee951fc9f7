// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/world/birth.h"

#include <optional>

namespace vitrine::story {

using world::new_process;
using world::NewProcess;

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
