// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <string>

/// Parts of the sentences about mount(2) and the mount API (fsopen(2) and what comes with it).
/// Escaped.
namespace vitrine::story {

/// The mount point: as the kernel has it where it was asked for relative to something.
[[nodiscard]] std::string mount_target(const events::Record& record, const ev_mount_mount& call);

[[nodiscard]] std::string mount_source(const events::Record& record, const ev_mount_mount& call);

/// Whether the call creates the file system that was configured.
[[nodiscard]] bool creates(const ev_mount_fsconfig& call);

/// What an option is set to: "64k", "fd 5 /x". Empty: it is a flag.
[[nodiscard]] std::string fsconfig_value_words(const events::Record& record,
                                               const ev_mount_fsconfig& call);

/// "set ro, recursively"
[[nodiscard]] std::string attribute_change_words(const ev_mount_mount_setattr& call);

/// Where the mount goes: as the kernel has it when it is known.
[[nodiscard]] std::string move_target(const events::Record& record,
                                      const ev_mount_move_mount& call);

} // namespace vitrine::story
