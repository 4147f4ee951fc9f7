// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/call.h"

#include "userspace/events/field.h"

namespace vitrine::story {
std::optional<NamespaceChange> namespace_change(const events::Record& record) {
  if (events::is_failure(record)) return std::nullopt;
  if (const auto child = new_process(record)) return NamespaceChange{child->before, child->after};
  if (const auto* call = record.as<ev_namespace_unshare>())
    return NamespaceChange{call->before, call->after};
  if (const auto* call = record.as<ev_namespace_setns>())
    return NamespaceChange{call->before, call->after};
  return std::nullopt;
}

std::uint32_t inode_of(const ev_namespaces& set, vitrine_namespace_kind kind) {
  switch (kind) {
  case VITRINE_NS_NONE:
    return 0;
  case VITRINE_NS_MNT:
    return set.mnt;
  case VITRINE_NS_UTS:
    return set.uts;
  case VITRINE_NS_IPC:
    return set.ipc;
  case VITRINE_NS_NET:
    return set.net;
  case VITRINE_NS_PID:
    return set.pid;
  case VITRINE_NS_CGROUP:
    return set.cgroup;
  case VITRINE_NS_TIME:
    return set.time;
  case VITRINE_NS_USER:
    return set.user;
  }
  return 0;
}

bool differs(const ev_namespaces& a, const ev_namespaces& b, vitrine_namespace_kind kind) {
  const std::uint32_t first = inode_of(a, kind);
  const std::uint32_t second = inode_of(b, kind);
  return first != 0 && second != 0 && first != second;
}

} // namespace vitrine::story
