// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/events/stream.h"

#include <string>

namespace vitrine::events {

/// One value for a person, safe for a terminal: "CLONE_NEWNS|CLONE_NEWPID", "mnt:[4026531841]". An
/// absent string is empty, an unreadable one "?", a cut one ends with "…".
[[nodiscard]] std::string field_text(const Record& record, const FieldSchema& field,
                                     const StreamStart& start);

/// The same with texts and paths in double quotes, so that it can stand among others.
[[nodiscard]] std::string quoted_field_text(const Record& record, const FieldSchema& field,
                                            const StreamStart& start);

/// One event on one line, safe for a terminal: the call as strace(1) would write it, then what it
/// made: `pivot_root(".", ".") = 0 → mount 812, fstype "overlay", lower 3 layers`.
[[nodiscard]] std::string call_text(const Record& record, const StreamStart& start);

} // namespace vitrine::events
