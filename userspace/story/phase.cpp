// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/phase.h"
#include "userspace/events/field.h"

#include "userspace/kernel/flags.h"
#include "userspace/story/call.h"
#include "userspace/story/mount_kind.h"

#include <algorithm>
#include <array>
#include <span>

#include <linux/prctl.h>
#include <linux/seccomp.h>

namespace vitrine::story {
namespace {

using events::Record;

constexpr std::string_view kNames[] = {
#define PHASE(id, name, doc) name,
#include "userspace/story/phase.inc"
#undef PHASE
};

bool always(const Record&, const PhaseContext&) {
  return true;
}

bool inside(const Record&, const PhaseContext& context) {
  return context.inside;
}

bool inside_before_pivot(const Record&, const PhaseContext& context) {
  return context.inside && !context.pivoted;
}

bool inside_after_pivot(const Record&, const PhaseContext& context) {
  return context.inside && context.pivoted;
}

bool makes_namespaces(const Record& record, const PhaseContext&) {
  const auto change = namespace_change(record);
  if (!change) return false;
  return std::any_of(kernel::kNamespaceKinds.begin(), kernel::kNamespaceKinds.end(),
                     [&](const kernel::FlagName& kind) {
                       return differs(change->before, change->after,
                                      static_cast<vitrine_namespace_kind>(kind.value));
                     });
}

/// A helper that visits the container's namespaces later on, say to set up its network, is no
/// phase.
bool enters_namespaces(const Record& record, const PhaseContext& context) {
  return (context.inside || !context.has_container) && makes_namespaces(record, context);
}

bool before_root_filesystem(const Record&, const PhaseContext& context) {
  return context.current <= Phase::cgroup;
}

bool moves_to_root(const Record& record, const PhaseContext& context) {
  return context.inside && mount_kind(record) == MountKind::move_to_root;
}

bool masks(const Record& record, const PhaseContext& context) {
  const MountKind kind = mount_kind(record);
  return context.inside && context.pivoted &&
         (kind == MountKind::mask || kind == MountKind::remount || kind == MountKind::bind_self);
}

bool attaches(const Record& record, const PhaseContext& context) {
  const MountKind kind = mount_kind(record);
  return context.inside && (kind == MountKind::bind || kind == MountKind::bind_self ||
                            kind == MountKind::file_system || kind == MountKind::move);
}

bool confining_prctl(const Record& record, const PhaseContext& context) {
  if (!context.inside) return false;
  const auto option = record.as<ev_security_prctl>()->option;
  return option == PR_CAPBSET_DROP || option == PR_SET_SECCOMP ||
         (context.pivoted && (option == PR_SET_NO_NEW_PRIVS || option == PR_CAP_AMBIENT ||
                              option == PR_SET_SECUREBITS || option == PR_SET_KEEPCAPS));
}

bool installs_filter(const Record& record, const PhaseContext& context) {
  const auto operation = record.as<ev_security_seccomp>()->operation;
  return context.inside &&
         (operation == SECCOMP_SET_MODE_FILTER || operation == SECCOMP_SET_MODE_STRICT);
}

bool becomes_init(const Record&, const PhaseContext& context) {
  return context.may_become_init;
}

struct PhaseRule {
  vitrine_event type;
  bool (*applies)(const Record&, const PhaseContext&);
  Phase phase;
};

/// The first rule that applies says the phase which an event shows.
constexpr PhaseRule kRules[] = {
    {VITRINE_EVENT_process_clone, makes_namespaces, Phase::namespaces},
    {VITRINE_EVENT_process_clone3, makes_namespaces, Phase::namespaces},
    {VITRINE_EVENT_namespace_unshare, makes_namespaces, Phase::namespaces},
    {VITRINE_EVENT_namespace_setns, enters_namespaces, Phase::namespaces},
    {VITRINE_EVENT_security_uid_map, before_root_filesystem, Phase::namespaces},
    {VITRINE_EVENT_security_gid_map, before_root_filesystem, Phase::namespaces},
    {VITRINE_EVENT_cgroup_mkdir, always, Phase::cgroup},
    {VITRINE_EVENT_cgroup_attach, always, Phase::cgroup},
    {VITRINE_EVENT_cgroup_write, always, Phase::cgroup},
    {VITRINE_EVENT_mount_pivot_root, inside, Phase::pivot},
    {VITRINE_EVENT_mount_chroot, inside, Phase::pivot},
    {VITRINE_EVENT_mount_mount, moves_to_root, Phase::pivot},
    {VITRINE_EVENT_mount_move_mount, moves_to_root, Phase::pivot},
    {VITRINE_EVENT_mount_mount, masks, Phase::confine},
    {VITRINE_EVENT_mount_mount_setattr, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_mount_mount, attaches, Phase::root_filesystem},
    {VITRINE_EVENT_mount_fsopen, inside_before_pivot, Phase::root_filesystem},
    {VITRINE_EVENT_mount_move_mount, attaches, Phase::root_filesystem},
    {VITRINE_EVENT_security_prctl, confining_prctl, Phase::confine},
    {VITRINE_EVENT_security_seccomp, installs_filter, Phase::confine},
    {VITRINE_EVENT_security_capset, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_security_setuid, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_security_setgid, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_security_setresuid, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_security_setresgid, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_security_setgroups, inside_after_pivot, Phase::confine},
    {VITRINE_EVENT_process_exec, becomes_init, Phase::exec},
};

/// Until the root has changed, runtimes make namespaces, cgroups and mounts in any order; after it,
/// some bring in more mounts and change the root again. All else goes forward only.
bool may_move(const PhaseContext& context, Phase next) {
  if (next > context.current) return true;
  if (context.current <= Phase::root_filesystem) return true;
  return next == Phase::root_filesystem && context.current <= Phase::confine;
}

} // namespace

std::string_view phase_name(Phase phase) {
  return kNames[static_cast<std::size_t>(phase)];
}

Phase phase_after(const Record& record, const PhaseContext& context) {
  if (context.current >= Phase::running) return context.current;
  const bool tries_program = record.schema().type == VITRINE_EVENT_process_exec;
  if (events::is_failure(record) && !tries_program) return context.current;
  for (const PhaseRule& rule : kRules) {
    if (rule.type != record.schema().type || !rule.applies(record, context)) continue;
    return may_move(context, rule.phase) ? rule.phase : context.current;
  }
  return context.current;
}

} // namespace vitrine::story
