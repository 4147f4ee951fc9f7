// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/birth.h"

#include "userspace/events/field.h"

#include <linux/sched.h>

namespace vitrine::world {
namespace {

template<class Event>
std::optional<NewProcess> made_by(const Event* call, std::uint64_t flags) {
  return NewProcess{flags,        call->child_pid, call->child_ns_pid, call->child_start_ns,
                    call->before, call->after};
}

} // namespace

bool NewProcess::thread() const {
  return (flags & CLONE_THREAD) != 0;
}

std::optional<NewProcess> new_process(const events::Record& record) {
  if (events::is_failure(record)) return std::nullopt;
  if (const auto* call = record.as<ev_process_clone>()) return made_by(call, call->flags);
  if (const auto* call = record.as<ev_process_clone3>()) return made_by(call, call->flags);
  if (const auto* call = record.as<ev_process_fork>()) return made_by(call, 0);
  if (const auto* call = record.as<ev_process_vfork>())
    return made_by(call, CLONE_VFORK | CLONE_VM);
  return std::nullopt;
}

} // namespace vitrine::world
