// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/outcome.h"
#include "userspace/events/field.h"

#include "userspace/story/call.h"
#include "userspace/story/mount_kind.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <linux/prctl.h>
#include <linux/seccomp.h>

namespace vitrine::story {
namespace {

bool always(const events::Record&) {
  return true;
}

/// With no filter: EFAULT says that the kernel has the mode.
bool without_filter(const events::Record& record) {
  if (const auto* call = record.as<ev_security_seccomp>()) return call->instructions == 0;
  const auto* call = record.as<ev_security_prctl>();
  return call != nullptr && call->option == PR_SET_SECCOMP && call->instructions == 0;
}

/// Runtimes count up until the kernel has no more capabilities.
bool past_last_capability(const events::Record& record) {
  const auto* call = record.as<ev_security_prctl>();
  return call->option == PR_CAPBSET_READ || call->option == PR_CAPBSET_DROP ||
         call->option == PR_CAP_AMBIENT;
}

/// Only what is in the permitted and inheritable sets can be raised: runtimes try all they were
/// told.
bool raises_ambient(const events::Record& record) {
  const auto* call = record.as<ev_security_prctl>();
  return call->option == PR_CAP_AMBIENT && call->arg2 == PR_CAP_AMBIENT_RAISE;
}

/// Runtimes hide what this kernel may not have, files and directories alike.
bool hides(const events::Record& record) {
  const MountKind kind = mount_kind(record);
  return kind == MountKind::mask || kind == MountKind::bind_self;
}

/// Only a mount point can: runtimes try each directory on the way.
bool changes_propagation(const events::Record& record) {
  return mount_kind(record) == MountKind::propagation;
}

/// The C library asks for the name service cache, which few hosts run.
bool asks_name_cache(const events::Record& record) {
  const auto* call = record.as<ev_network_connect>();
  return record.string(call->path).text.ends_with("/nscd/socket");
}

struct ProbeRow {
  vitrine_event type;
  int code;
  bool (*applies)(const events::Record&);
};

/// Failures that are an answer.
constexpr ProbeRow kProbes[] = {
    {VITRINE_EVENT_process_clone3, ENOSYS, always},
    {VITRINE_EVENT_mount_fsopen, ENOSYS, always},
    {VITRINE_EVENT_mount_fspick, ENOSYS, always},
    {VITRINE_EVENT_mount_open_tree, ENOSYS, always},
    {VITRINE_EVENT_mount_move_mount, ENOSYS, always},
    {VITRINE_EVENT_mount_mount_setattr, ENOSYS, always},
    {VITRINE_EVENT_security_seccomp, ENOSYS, always},
    {VITRINE_EVENT_security_seccomp, EFAULT, without_filter},
    {VITRINE_EVENT_security_seccomp, EINVAL, without_filter},
    {VITRINE_EVENT_security_seccomp, EOPNOTSUPP, without_filter},
    {VITRINE_EVENT_mount_mount, ENOENT, hides},
    {VITRINE_EVENT_mount_mount, ENOTDIR, hides},
    {VITRINE_EVENT_mount_mount, EINVAL, changes_propagation},
    // Nothing is mounted there: engines make sure of it.
    {VITRINE_EVENT_mount_umount2, EINVAL, always},
    {VITRINE_EVENT_mount_umount2, ENOENT, always},
    {VITRINE_EVENT_network_connect, ENOENT, asks_name_cache},
    {VITRINE_EVENT_security_prctl, EFAULT, without_filter},
    {VITRINE_EVENT_security_prctl, EPERM, raises_ambient},
    {VITRINE_EVENT_security_prctl, EINVAL, past_last_capability},
};

} // namespace

Outcome outcome_of(const events::Record& record) {
  if (const auto* end = record.as<ev_process_exit>(); end != nullptr && end->exit_signal != 0)
    return Outcome::failed;
  if (!events::is_failure(record)) return Outcome::ok;
  const bool probe = std::any_of(std::begin(kProbes), std::end(kProbes), [&](const ProbeRow& row) {
    return row.type == record.schema().type && -row.code == record.header().result &&
           row.applies(record);
  });
  return probe ? Outcome::probe : Outcome::failed;
}

} // namespace vitrine::story
