// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/reference.h"

#include "userspace/events/field.h"
#include "userspace/events/select.h"

#include <fmt/format.h>

#include <iterator>

namespace vitrine::events {
namespace {

constexpr std::string_view kHead = R"(<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made of bpf/abi/events.inc; tests/unit/events/reference_test.cpp compares. -->
# Events

`vitrine trace --format ndjson` writes one JSON object a line: `trace.start`, events by time, `trace.end`.
[trace-event.schema.json](schemas/trace-event.schema.json) is the exact description. `-e` takes a category
(`mount`), an event (`process.exec`), several with commas, and `!` in front to leave out.

```json
{"type":"mount.umount2","seq":17,"cpu":0,"time_ns":81234567890,"time":"2026-01-31T12:00:00.000000042Z",
 "duration_ns":5120,"process":{"pid":4242,"tid":4242,"parent_pid":4200,"ns_pid":1,"start_ns":81200000000,
 "comm":"runc:[2:INIT]"},"container":null,"args":{"target":".","flags":["MNT_DETACH"]},"result":{"value":0}}
```

- `null` could not be known; what is absent was not asked, or does not apply: an absent string argument is a
  null pointer, a refused call has no `new_mount`.
- `result.value` is what the call returned, `result.errno` its name when it failed. Events that are not
  calls have neither.
- Results that are not of the call but of the process or file (`credentials`, `in_force`, `before`) are true
  after a failure as well.
- `process.pid` with `process.start_ns` names a process for ever. Pids are those of the initial pid
  namespace, `ns_pid` is the process's own view, users and groups are those of the initial user namespace.
- `time_ns` and `start_ns` count from boot (CLOCK_BOOTTIME), `time` is the same moment by the wall clock as it
  was when the trace began.
- `truncated`, `escaped` and `read_at_exit` list the strings that are cut, that are not UTF-8 (`\xNN` is a
  byte, `\\` a backslash), or that could only be read when the call had ended.
- `seq` counts on each CPU; a gap is an event that was lost. `trace.end` has the totals.
)";

/// How JSON writes a value of the kind.
std::string_view json_form(Kind kind) {
  switch (kind) {
  case Kind::count_:
  case Kind::bytes_:
  case Kind::id_:
  case Kind::fd_:
  case Kind::pid_:
  case Kind::socket_:
  case Kind::boot_time_:
    return "number";
  case Kind::dirfd_:
    return "number or `\"AT_FDCWD\"`";
  case Kind::hex_:
    return "`\"0x1f\"`";
  case Kind::bool_:
    return "`true`, `false`";
  case Kind::inode_:
    return "`\"mnt:[4026531841]\"`";
  case Kind::signal_:
    return "`\"SIGKILL\"`, `\"34\"`";
  case Kind::namespace_kind_:
    return "`\"net\"`";
  case Kind::cgroup_hierarchy_:
    return "`{\"number\":4,\"version\":1,\"controllers\":\"memory\"}`";
  case Kind::cgroup_id_:
    return "`\"1152921504606846976\"`";
  case Kind::capabilities_:
    return "`[\"CAP_CHOWN\",\"CAP_KILL\"]`";
  case Kind::flags_clone_:
  case Kind::flags_mount_:
  case Kind::flags_umount_:
  case Kind::flags_at_:
  case Kind::flags_fsopen_:
  case Kind::flags_fsmount_:
  case Kind::flags_fspick_:
  case Kind::flags_mount_attr_:
  case Kind::flags_open_tree_:
  case Kind::flags_move_mount_:
  case Kind::flags_seccomp_:
  case Kind::flags_witness_:
    return "array of names; bits without a name as `\"0x80\"`";
  case Kind::enum_fsconfig_:
  case Kind::enum_prctl_:
  case Kind::enum_seccomp_:
  case Kind::enum_seccomp_mode_:
    return "a name, or `\"0x80\"`";
  case Kind::namespaces_:
    return "`{\"mnt\":\"mnt:[4026531841]\",…}`";
  case Kind::credentials_:
    return "`{\"uid\":0,…,\"effective\":[…],…}`";
  case Kind::mount_:
    return "`{\"id\":812,\"unique_id\":\"2147484500\",…}`; no `namespace`: detached";
  case Kind::cgroup_value_:
    return "as the file would read: `\"50000 100000\"`, `\"max\"`";
  case Kind::text_:
  case Kind::path_:
    return "string";
  case Kind::path_list_:
  case Kind::argv_:
    return "array of strings";
  case Kind::pid_list_:
  case Kind::id_list_:
    return "array of numbers";
  case Kind::id_map_:
    return "`[{\"inside\":0,\"outside\":100000,\"count\":65536}]`";
  }
  return {};
}

std::string_view returns_text(Returns returns) {
  switch (returns) {
  case Returns::none:
    return "Not a call: it has no return value.";
  case Returns::status:
    return "Returns 0.";
  case Returns::fd:
    return "Returns a file descriptor.";
  case Returns::pid:
    return "Returns the child's pid as the caller sees it.";
  case Returns::count:
    return "Returns a number.";
  }
  return {};
}

void append_kinds(std::string& out) {
  out += "\n## Kinds of values\n\n| kind | what it is | in JSON |\n|---|---|---|\n";
  for (auto kind = Kind{}; !kind_name(kind).empty();
       kind = static_cast<Kind>(static_cast<int>(kind) + 1))
    fmt::format_to(std::back_inserter(out), "| {} | {} | {} |\n", kind_name(kind), kind_doc(kind),
                   json_form(kind));
}

void append_event(std::string& out, const EventSchema& event) {
  fmt::format_to(std::back_inserter(out), "\n### {}\n\n{}. {}\n\n", event.full_name, event.doc,
                 returns_text(event.returns));
  out += "| field | kind | meaning |\n|---|---|---|\n";
  for (const FieldSchema& field : event.fields)
    fmt::format_to(std::back_inserter(out), "| `{}.{}` | {} | {} |\n",
                   field.part == Part::arg ? "args" : "result", field.name, kind_name(field.kind),
                   field.doc);
}

} // namespace

std::string events_markdown() {
  std::string out(kHead);
  for (const std::string_view category : all_categories()) {
    fmt::format_to(std::back_inserter(out), "\n## {}\n", category);
    for (const EventSchema& event : all_events())
      if (event.category == category) append_event(out, event);
  }
  append_kinds(out);
  return out;
}

} // namespace vitrine::events
