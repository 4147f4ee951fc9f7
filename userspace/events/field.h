// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/events/stream.h"
#include "userspace/kernel/flags.h"

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::events {

/// The value of an integer field, sign-extended when its type is signed.
[[nodiscard]] std::int64_t integer_of(const Record& record, const FieldSchema& field);

/// The string of a field with `is_string`.
[[nodiscard]] RecordString string_of(const Record& record, const FieldSchema& field);

/// The struct of a field whose kind says that it is a T.
template<class T>
[[nodiscard]] T struct_of(const Record& record, const FieldSchema& field) {
  T value;
  std::memcpy(&value, record.bytes().data() + field.offset, sizeof value);
  return value;
}

/// The field of that name, or null.
[[nodiscard]] const FieldSchema* find_field(const EventSchema& event, std::string_view name);

/// Whether the call was refused. A kernel event never is.
[[nodiscard]] bool is_failure(const Record& record);

/// "ENOENT" for a refused call, with the kernel's own codes too: "ERESTARTSYS".
[[nodiscard]] std::string error_name(std::int64_t result);

/// Whether the field says anything about this event. An absent string, an argument that was not
/// given and what a refused call did not make do not apply. Results that hold the truth after a
/// refused call as well, such as credentials, do.
[[nodiscard]] bool applies(const Record& record, const FieldSchema& field);

/// Whether some event of this type may lack the field: applies() can be false.
[[nodiscard]] bool is_optional(const EventSchema& event, const FieldSchema& field);

/// The names of a flags_* or enum_* kind.
[[nodiscard]] kernel::FlagSet names_of(Kind kind);
[[nodiscard]] bool is_flags(Kind kind);
[[nodiscard]] bool is_enum(Kind kind);

/// "mnt:[4026531841]", as a link of /proc/PID/ns reads. Nothing for inode 0.
[[nodiscard]] std::optional<std::string> namespace_text(std::string_view kind, std::uint32_t inode);

/// The namespace that a field of kind inode means: "uts_inode" is of kind uts, "target_inode" of
/// the kind that the field "target_kind" holds.
[[nodiscard]] std::optional<std::string> namespace_text(const Record& record,
                                                        const FieldSchema& field);

/// One member of ev_namespaces, by the name of its kind.
struct NamespaceMember {
  std::string_view kind;
  std::uint32_t ev_namespaces::*inode;
};
inline constexpr NamespaceMember kNamespaceMembers[] = {
    {"mnt", &ev_namespaces::mnt},   {"uts", &ev_namespaces::uts},
    {"ipc", &ev_namespaces::ipc},   {"net", &ev_namespaces::net},
    {"pid", &ev_namespaces::pid},   {"cgroup", &ev_namespaces::cgroup},
    {"time", &ev_namespaces::time}, {"user", &ev_namespaces::user},
};

/// The parts of a path_list or argv, each ended by a NUL; the last may have lost its own.
[[nodiscard]] std::vector<std::string_view> split_strings(std::string_view text);

/// The whole elements of a list of `T` that a string holds.
template<class T>
[[nodiscard]] std::vector<T> split_values(std::string_view bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

/// The value as the cgroup's `file` would read, "max" where there is no limit, also for version 1.
/// Nothing when the kernel's value could not be known.
[[nodiscard]] std::optional<std::string> cgroup_value_text(const ev_cgroup_value& value,
                                                           std::string_view file);

/// What argument 2 or 3 of a security.prctl means when it is not just a number: "CAP_SYS_ADMIN".
[[nodiscard]] std::optional<std::string> prctl_argument_text(const ev_security_prctl& call,
                                                             int argument);

/// The line of /proc/self/cgroup with that number, or null.
[[nodiscard]] const CgroupHierarchy* find_hierarchy(const StreamStart& start, std::uint32_t number);

} // namespace vitrine::events
