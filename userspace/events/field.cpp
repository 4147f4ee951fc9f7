// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"

#include <fmt/format.h>

#include <algorithm>

#include <linux/prctl.h>

namespace vitrine::events {
namespace {

constexpr std::int64_t kMaxErrno = 4095; // include/linux/err.h

template<class T>
std::int64_t load(const Record& record, const FieldSchema& field) {
  return static_cast<std::int64_t>(struct_of<T>(record, field));
}

/// What a call that was refused did not make. After a refused exec(2) nothing reads credentials:
/// they are those before.
bool names_what_was_made(const EventSchema& event, const FieldSchema& field) {
  if (field.part != Part::result) return false;
  return field.kind == Kind::mount_ || field.kind == Kind::pid_ || field.kind == Kind::boot_time_ ||
         field.kind == Kind::socket_ ||
         (field.kind == Kind::namespaces_ && field.name == "after") ||
         (field.kind == Kind::credentials_ && event.type == VITRINE_EVENT_process_exec);
}

/// In a result, a pid or inode of 0 could not be known; in an argument, none was given.
bool zero_means_none(const FieldSchema& field) {
  if (field.kind == Kind::signal_ || field.kind == Kind::namespace_kind_) return true;
  return field.part == Part::arg && (field.kind == Kind::pid_ || field.kind == Kind::inode_);
}

/// Whether others_allow() has a word to say.
bool depends_on_others(const EventSchema& event, const FieldSchema& field) {
  switch (event.type) {
  case VITRINE_EVENT_process_clone3:
    return field.name == "cgroup_fd";
  case VITRINE_EVENT_process_exit:
    return field.name == "exit_code";
  case VITRINE_EVENT_security_setgroups:
    return field.name == "size";
  case VITRINE_EVENT_security_capset:
    return field.name == "version" || field.kind == Kind::capabilities_;
  case VITRINE_EVENT_network_connect:
    return field.name == "known_server";
  default:
    return false;
  }
}

/// clone3: -1 is no descriptor. exit: a signal leaves no code. setgroups: a write has no size.
/// capset: version 0 does not exist, so that its structs could not be read. connect: where nobody
/// was reached there is no connection.
bool others_allow(const Record& record) {
  if (const auto* clone = record.as<ev_process_clone3>()) return clone->cgroup_fd != -1;
  if (const auto* exit = record.as<ev_process_exit>()) return exit->exit_signal == 0;
  if (const auto* groups = record.as<ev_security_setgroups>())
    return record.string(groups->text).absent();
  if (const auto* capset = record.as<ev_security_capset>()) return capset->version != 0;
  if (const auto* connect = record.as<ev_network_connect>()) return connect->socket != 0;
  return true;
}

std::string limit_text(std::int64_t value) {
  return value < 0 ? "max" : fmt::format("{}", value);
}

std::string quota_text(const ev_cgroup_value& value, std::string_view file) {
  if (file == "cpu.cfs_quota_us") return fmt::format("{}", value.first);
  if (file == "cpu.cfs_period_us") return fmt::format("{}", value.second);
  return fmt::format("{} {}", limit_text(value.first), value.second);
}

/// Version 1 counts shares, 1024 being normal; version 2 counts weight, 100 being normal
/// (kernel/sched/core.c cpu_weight_read_u64).
std::string weight_text(std::int64_t shares, std::string_view file) {
  if (file == "cpu.weight") return fmt::format("{}", (shares * 100 + 512) / 1024);
  return fmt::format("{}", shares);
}

} // namespace

std::int64_t integer_of(const Record& record, const FieldSchema& field) {
  if (field.size == 8) return load<std::int64_t>(record, field);
  return field.is_signed ? load<std::int32_t>(record, field) : load<std::uint32_t>(record, field);
}

RecordString string_of(const Record& record, const FieldSchema& field) {
  return record.string(struct_of<ev_string>(record, field));
}

const FieldSchema* find_field(const EventSchema& event, std::string_view name) {
  const auto found = std::ranges::find(event.fields, name, &FieldSchema::name);
  return found == event.fields.end() ? nullptr : &*found;
}

bool is_failure(const Record& record) {
  const std::int64_t result = record.header().result;
  return record.schema().returns != Returns::none && result < 0 && result >= -kMaxErrno;
}

std::string error_name(std::int64_t result) {
  const auto code = static_cast<std::uint64_t>(-result);
  const std::string_view internal = kernel::enum_name(kernel::kKernelErrnos, code);
  return internal.empty() ? errno_name(static_cast<int>(code)) : std::string(internal);
}

bool applies(const Record& record, const FieldSchema& field) {
  if (is_failure(record) && names_what_was_made(record.schema(), field)) return false;
  if (field.is_string) return !string_of(record, field).absent();
  if (zero_means_none(field)) return integer_of(record, field) != 0;
  return !depends_on_others(record.schema(), field) || others_allow(record);
}

bool is_optional(const EventSchema& event, const FieldSchema& field) {
  if (field.is_string || zero_means_none(field) || depends_on_others(event, field)) return true;
  return event.returns != Returns::none && names_what_was_made(event, field);
}

kernel::FlagSet names_of(Kind kind) {
  switch (kind) {
  case Kind::flags_clone_:
    return kernel::kCloneFlags;
  case Kind::flags_mount_:
    return kernel::kMountFlags;
  case Kind::flags_umount_:
    return kernel::kUmountFlags;
  case Kind::flags_at_:
    return kernel::kAtFlags;
  case Kind::flags_fsopen_:
    return kernel::kFsopenFlags;
  case Kind::flags_fsmount_:
    return kernel::kFsmountFlags;
  case Kind::flags_fspick_:
    return kernel::kFspickFlags;
  case Kind::flags_mount_attr_:
    return kernel::kMountAttributes;
  case Kind::flags_open_tree_:
    return kernel::kOpenTreeFlags;
  case Kind::flags_move_mount_:
    return kernel::kMoveMountFlags;
  case Kind::flags_seccomp_:
    return kernel::kSeccompFlags;
  case Kind::flags_witness_:
    return kernel::kWitnesses;
  case Kind::enum_fsconfig_:
    return kernel::kFsconfigCommands;
  case Kind::enum_prctl_:
    return kernel::kPrctlOperations;
  case Kind::enum_seccomp_:
    return kernel::kSeccompOperations;
  case Kind::enum_seccomp_mode_:
    return kernel::kSeccompModes;
  default:
    return {};
  }
}

bool is_enum(Kind kind) {
  return kind == Kind::enum_fsconfig_ || kind == Kind::enum_prctl_ || kind == Kind::enum_seccomp_ ||
         kind == Kind::enum_seccomp_mode_;
}

bool is_flags(Kind kind) {
  return !names_of(kind).empty() && !is_enum(kind);
}

std::optional<std::string> namespace_text(std::string_view kind, std::uint32_t inode) {
  if (inode == 0 || kind.empty()) return std::nullopt;
  return fmt::format("{}:[{}]", kind, inode);
}

std::optional<std::string> namespace_text(const Record& record, const FieldSchema& field) {
  const auto inode = static_cast<std::uint32_t>(integer_of(record, field));
  const std::string_view prefix = field.name.substr(0, field.name.find('_'));
  const FieldSchema* kind = find_field(record.schema(), fmt::format("{}_kind", prefix));
  if (kind == nullptr) return namespace_text(prefix, inode);
  const auto value = static_cast<std::uint64_t>(integer_of(record, *kind));
  return namespace_text(kernel::enum_name(kernel::kNamespaceKinds, value), inode);
}

std::vector<std::string_view> split_strings(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::string> cgroup_value_text(const ev_cgroup_value& value, std::string_view file) {
  switch (value.what) {
  case VITRINE_CGROUP_VALUE_BYTES:
  case VITRINE_CGROUP_VALUE_COUNT:
    return limit_text(value.first);
  case VITRINE_CGROUP_VALUE_QUOTA:
    return quota_text(value, file);
  case VITRINE_CGROUP_VALUE_WEIGHT:
    return weight_text(value.first, file);
  case VITRINE_CGROUP_VALUE_MASK:
    return fmt::format("{:#x}", static_cast<std::uint64_t>(value.first));
  default:
    return std::nullopt;
  }
}

std::optional<std::string> prctl_argument_text(const ev_security_prctl& call, int argument) {
  const std::uint64_t value = argument == 2 ? call.arg2 : call.arg3;
  if (argument == 3) {
    if (call.option == PR_CAP_AMBIENT && call.arg2 != PR_CAP_AMBIENT_CLEAR_ALL)
      return kernel::capability_text(value);
    return std::nullopt;
  }
  switch (call.option) {
  case PR_CAPBSET_READ:
  case PR_CAPBSET_DROP:
    return kernel::capability_text(value);
  case PR_CAP_AMBIENT:
    return kernel::enum_text(kernel::kPrctlCapAmbient, value);
  case PR_SET_PDEATHSIG:
    return kernel::signal_text(value);
  case PR_SET_SECCOMP:
    return kernel::enum_text(kernel::kSeccompModes, value);
  case PR_SET_SECUREBITS:
    return kernel::flags_text(kernel::kSecurebits, value);
  default:
    return std::nullopt;
  }
}

const CgroupHierarchy* find_hierarchy(const StreamStart& start, std::uint32_t number) {
  const auto found = std::ranges::find(start.hierarchies, number, &CgroupHierarchy::number);
  return found == start.hierarchies.end() ? nullptr : &*found;
}

} // namespace vitrine::events
