// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/field.h"
#include "userspace/events/text.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include <fcntl.h>

namespace vitrine::events {
namespace {

/// The argument whose descriptor or link the path of this name explains, or null: "fd_path" and
/// "source_fd_path" explain "fd" and "source", "cgroup_path" explains "cgroup_fd".
const FieldSchema* explained_by(const EventSchema& event, std::string_view path_name) {
  constexpr std::string_view kPath = "_path";
  constexpr std::string_view kFd = "_fd";
  if (!path_name.ends_with(kPath)) return nullptr;
  const std::string_view base = path_name.substr(0, path_name.size() - kPath.size());
  if (const FieldSchema* field = find_field(event, base)) return field;
  if (base.ends_with(kFd)) return find_field(event, base.substr(0, base.size() - kFd.size()));
  return find_field(event, fmt::format("{}{}", base, kFd));
}

/// What a reader recognises without its name.
bool speaks_for_itself(Kind kind) {
  return kind == Kind::text_ || kind == Kind::path_ || kind == Kind::argv_ || kind == Kind::fd_ ||
         kind == Kind::dirfd_ || is_flags(kind) || is_enum(kind);
}

/// An argument is named unless it is the only one, or of a kind that speaks for itself; two sets of
/// the same flags, as of mount_setattr, do not.
bool needs_name(const EventSchema& event, const FieldSchema& field) {
  int arguments = 0;
  int same_flags = 0;
  for (const FieldSchema& other : event.fields) {
    if (other.part != Part::arg || explained_by(event, other.name) != nullptr) continue;
    ++arguments;
    if (is_flags(field.kind) && other.kind == field.kind) ++same_flags;
  }
  return arguments > 1 && (!speaks_for_itself(field.kind) || same_flags > 1);
}

/// What would only lengthen the line: ids for programs, the kind of a namespace, which its inode is
/// shown with, where a relative path of execve(2) starts, unused arguments of prctl(2), and what a
/// process, as usual, is not.
bool is_noise(const Record& record, const FieldSchema& field) {
  if (field.kind == Kind::cgroup_id_ || field.kind == Kind::namespace_kind_ ||
      field.kind == Kind::boot_time_)
    return true;
  if (field.is_string || field.kind == Kind::credentials_) return false;
  if (const auto* exec = record.as<ev_process_exec>())
    return exec->dirfd == AT_FDCWD && exec->flags == 0;
  const bool is_usually_zero = field.name == "arg3" || field.name == "instructions" ||
                               field.name == "child_subreaper" || field.name == "core_dumped";
  return is_usually_zero && integer_of(record, field) == 0;
}

std::string argument_value(const Record& record, const FieldSchema& field,
                           const StreamStart& start) {
  const auto* prctl = record.as<ev_security_prctl>();
  if (prctl != nullptr && (field.name == "arg2" || field.name == "arg3"))
    if (auto text = prctl_argument_text(*prctl, field.name == "arg2" ? 2 : 3))
      return *std::move(text);
  return quoted_field_text(record, field, start);
}

/// What the call made or left in force, in few words.
class ResultWriter {
public:
  ResultWriter(const Record& record, const StreamStart& start) : record_(record), start_(start) {}

  std::string write() {
    for (const FieldSchema& field : record_.schema().fields)
      if (field.part == Part::result && applies(record_, field) && !is_noise(record_, field))
        add(field);
    return fmt::format("{}", fmt::join(parts_, ", "));
  }

private:
  void add(const FieldSchema& field);
  void add_changed_namespaces();

  const Record& record_;
  const StreamStart& start_;
  std::vector<std::string> parts_;
};

std::string result_label(const FieldSchema& field) {
  if (field.name == "mountpoint") return "on";
  std::string_view name = field.name;
  for (const std::string_view prefix : {"mount_", "overlay_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string label(name);
  std::ranges::replace(label, '_', ' ');
  return label;
}

void ResultWriter::add_changed_namespaces() {
  const FieldSchema* before = find_field(record_.schema(), "before");
  const FieldSchema* after = find_field(record_.schema(), "after");
  if (before == nullptr || after == nullptr) return;
  const auto old_set = struct_of<ev_namespaces>(record_, *before);
  const auto new_set = struct_of<ev_namespaces>(record_, *after);
  for (const NamespaceMember& member : kNamespaceMembers)
    if (old_set.*member.inode != new_set.*member.inode)
      if (auto text = namespace_text(member.kind, new_set.*member.inode))
        parts_.push_back(*std::move(text));
}

void ResultWriter::add(const FieldSchema& field) {
  switch (field.kind) {
  case Kind::namespaces_:
    if (field.name == "after") add_changed_namespaces();
    return;
  case Kind::mount_: {
    const auto mount = struct_of<ev_mount>(record_, field);
    if (mount.id != 0)
      parts_.push_back(fmt::format("mount {}", field_text(record_, field, start_)));
    return;
  }
  case Kind::credentials_:
    parts_.push_back(field_text(record_, field, start_));
    return;
  case Kind::path_list_: {
    const RecordString list = string_of(record_, field);
    const std::size_t count = split_strings(list.text).size();
    if (list.unreadable()) break;
    parts_.push_back(
        fmt::format("{} {} layer{}", result_label(field), count, count == 1 ? "" : "s"));
    return;
  }
  default:
    break;
  }
  const std::string part =
      fmt::format("{} {}", result_label(field), quoted_field_text(record_, field, start_));
  if (field.name == "mountpoint" && !parts_.empty())
    parts_.back() += ' ' + part;
  else
    parts_.push_back(part);
}

std::string arguments_text(const Record& record, const StreamStart& start) {
  std::vector<std::string> parts;
  for (const FieldSchema& field : record.schema().fields) {
    if (field.part != Part::arg || is_noise(record, field)) continue;
    const bool applied = applies(record, field);
    if (explained_by(record.schema(), field.name) != nullptr) {
      if (applied && !parts.empty())
        parts.back() += fmt::format("<{}>", field_text(record, field, start));
    } else if (applied) {
      const std::string value = argument_value(record, field, start);
      parts.push_back(needs_name(record.schema(), field) ? fmt::format("{}={}", field.name, value)
                                                         : value);
    } else if (field.is_string && record.schema().category == "mount") {
      parts.emplace_back("NULL");
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace

std::string call_text(const Record& record, const StreamStart& start) {
  const EventSchema& event = record.schema();
  const std::string results = ResultWriter(record, start).write();
  if (event.returns == Returns::none) return fmt::format("{}: {}", event.full_name, results);
  std::string out = fmt::format("{}({}) = ", event.name, arguments_text(record, start));
  const std::int64_t result = record.header().result;
  out += is_failure(record) ? "-1 " + error_name(result) : fmt::format("{}", result);
  if (!results.empty()) out += " → " + results;
  return out;
}

} // namespace vitrine::events
