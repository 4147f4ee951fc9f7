// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/process.h"

namespace vitrine::objects {

const NamespaceLinks::Link& NamespaceLinks::of(NamespaceKind kind) const {
  switch (kind) {
  case NamespaceKind::cgroup:
    return cgroup;
  case NamespaceKind::ipc:
    return ipc;
  case NamespaceKind::mnt:
    return mnt;
  case NamespaceKind::net:
    return net;
  case NamespaceKind::pid:
    return pid;
  case NamespaceKind::time:
    return time;
  case NamespaceKind::user:
    return user;
  case NamespaceKind::uts:
    return uts;
  }
  return mnt;
}

} // namespace vitrine::objects
