// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/json.h"

#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"
#include "userspace/events/json_values.h"

#include <utility>

#include <fcntl.h>

namespace vitrine::events {
namespace {

/// One record on its way to JSON, with what there is to say about its strings.
class EventWriter {
public:
  EventWriter(const Record& record, const StreamStart& start) : record_(record), start_(start) {}

  Json write(const Belonging& belonging);

private:
  Json process();
  Json result_head() const;
  void add(Json& part, const FieldSchema& field);
  void add_string(Json& part, const FieldSchema& field);
  Json string_json(const FieldSchema& field, std::string_view text);
  Json text_json(std::string_view name, std::string_view text);
  Json cgroup_value_json(const FieldSchema& field) const;
  Json value_json(const FieldSchema& field) const;

  const Record& record_;
  const StreamStart& start_;
  Json truncated_ = Json::array();
  Json escaped_ = Json::array();
  Json read_at_exit_ = Json::array();
};

Json EventWriter::text_json(std::string_view name, std::string_view text) {
  JsonText json = text_for_json(text);
  if (json.escaped && (escaped_.empty() || escaped_.back() != name)) escaped_.push_back(name);
  return std::move(json.text);
}

Json EventWriter::process() {
  const ev_header& header = record_.header();
  return {
      {"pid", header.pid},
      {"tid", header.tid},
      {"parent_pid", number_or_null(header.parent_pid)},
      {"ns_pid", number_or_null(header.ns_pid)},
      {"start_ns", number_or_null(header.start_ns)},
      {"comm", text_json("comm", {header.comm, ::strnlen(header.comm, sizeof header.comm)})},
  };
}

Json EventWriter::result_head() const {
  Json result = Json::object();
  if (record_.schema().returns == Returns::none) return result;
  const std::int64_t value = record_.header().result;
  result["value"] = value;
  if (is_failure(record_)) result["errno"] = error_name(value);
  return result;
}

Json EventWriter::string_json(const FieldSchema& field, std::string_view text) {
  switch (field.kind) {
  case Kind::path_list_:
  case Kind::argv_: {
    Json parts = Json::array();
    for (const std::string_view part : split_strings(text))
      parts.push_back(text_json(field.name, part));
    return parts;
  }
  case Kind::pid_list_:
    return split_values<std::int32_t>(text);
  case Kind::id_list_:
    return split_values<std::uint32_t>(text);
  case Kind::id_map_:
    return id_map_json(text);
  default:
    return text_json(field.name, text);
  }
}

void EventWriter::add_string(Json& part, const FieldSchema& field) {
  const RecordString string = string_of(record_, field);
  if ((string.state & VITRINE_STRING_AT_EXIT) != 0) read_at_exit_.push_back(field.name);
  if (string.truncated()) truncated_.push_back(field.name);
  part[field.name] = string.unreadable() ? Json() : string_json(field, string.text);
}

Json EventWriter::cgroup_value_json(const FieldSchema& field) const {
  const FieldSchema* file = find_field(record_.schema(), "file");
  const std::string_view name = file != nullptr ? string_of(record_, *file).text : "";
  return or_null(cgroup_value_text(struct_of<ev_cgroup_value>(record_, field), name));
}

Json EventWriter::value_json(const FieldSchema& field) const {
  const std::int64_t value = integer_of(record_, field);
  const auto bits = static_cast<std::uint64_t>(value);
  switch (field.kind) {
  case Kind::count_:
    return field.is_signed ? Json(value) : Json(bits);
  case Kind::bytes_:
    return value != -1 ? Json(bits) : Json();
  case Kind::id_:
    return value == -1 ? Json(-1) : Json(static_cast<std::uint32_t>(value));
  case Kind::fd_:
    return value;
  case Kind::dirfd_:
    return value == AT_FDCWD ? Json("AT_FDCWD") : Json(value);
  case Kind::hex_:
    return fmt::format("{:#x}", bits);
  case Kind::bool_:
    return value != 0;
  case Kind::pid_:
  case Kind::socket_:
  case Kind::boot_time_:
    return value != 0 ? Json(value) : Json();
  case Kind::signal_:
    return kernel::signal_text(bits);
  case Kind::inode_:
    return or_null(namespace_text(record_, field));
  case Kind::namespace_kind_:
    return kernel::enum_text(kernel::kNamespaceKinds, bits);
  case Kind::cgroup_hierarchy_:
    return hierarchy_json(static_cast<std::uint32_t>(value), start_);
  case Kind::cgroup_id_:
    return id_or_null(bits);
  case Kind::capabilities_:
    return kernel::flag_names(kernel::kCapabilities, bits);
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
    return kernel::flag_names(names_of(field.kind), bits);
  case Kind::enum_fsconfig_:
  case Kind::enum_prctl_:
  case Kind::enum_seccomp_:
  case Kind::enum_seccomp_mode_:
    return kernel::enum_text(names_of(field.kind), bits);
  case Kind::namespaces_:
    return namespaces_json(struct_of<ev_namespaces>(record_, field));
  case Kind::credentials_:
    return credentials_json(struct_of<ev_credentials>(record_, field));
  case Kind::mount_:
    return mount_json(struct_of<ev_mount>(record_, field));
  case Kind::cgroup_value_:
    return cgroup_value_json(field);
  case Kind::text_:
  case Kind::path_:
  case Kind::path_list_:
  case Kind::argv_:
  case Kind::pid_list_:
  case Kind::id_list_:
  case Kind::id_map_:
    break; // add_string() writes them
  }
  return {};
}

void EventWriter::add(Json& part, const FieldSchema& field) {
  if (!applies(record_, field)) return;
  if (field.is_string) return add_string(part, field);
  part[field.name] = value_json(field);
  const auto* prctl = record_.as<ev_security_prctl>();
  if (prctl == nullptr || (field.name != "arg2" && field.name != "arg3")) return;
  if (auto text = prctl_argument_text(*prctl, field.name == "arg2" ? 2 : 3))
    part[fmt::format("{}_name", field.name)] = *std::move(text);
}

Json label_json(const ContainerLabel* label) {
  if (label == nullptr) return {};
  return {
      {"engine", text_or_null(label->engine)},
      {"id", text_or_null(label->id)},
      {"name", text_or_null(label->name)},
      {"image", text_or_null(label->image)},
  };
}

Json EventWriter::write(const Belonging& belonging) {
  const ev_header& header = record_.header();
  Json line = {
      {"type", record_.schema().full_name},
      {"seq", header.sequence},
      {"cpu", header.cpu},
      {"time_ns", header.time_ns},
      {"time", time_json(header.time_ns, start_)},
      {"duration_ns", header.duration_ns},
      {"process", process()},
      {"container", label_json(belonging.container)},
  };
  if (belonging.guessed) line["container_guessed"] = true;
  Json args = Json::object();
  Json result = result_head();
  for (const FieldSchema& field : record_.schema().fields)
    add(field.part == Part::arg ? args : result, field);
  line["args"] = std::move(args);
  line["result"] = std::move(result);
  if (!truncated_.empty()) line["truncated"] = std::move(truncated_);
  if (!escaped_.empty()) line["escaped"] = std::move(escaped_);
  if (!read_at_exit_.empty()) line["read_at_exit"] = std::move(read_at_exit_);
  return line;
}

} // namespace

Json event_json(const Record& record, const StreamStart& start, const Belonging& belonging) {
  return EventWriter(record, start).write(belonging);
}

} // namespace vitrine::events
