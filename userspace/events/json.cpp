// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/json.h"

#include "userspace/base/clock.h"
#include "userspace/base/text_escape.h"
#include "userspace/events/field.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <numeric>
#include <utility>

#include <fcntl.h>

namespace vitrine::events {
namespace {

using Json = nlohmann::ordered_json;

template<class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json number_or_null(std::uint64_t value) {
  return value != 0 ? Json(value) : Json();
}

Json id_or_null(std::uint64_t id) {
  return id != 0 ? Json(fmt::format("{}", id)) : Json();
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text_for_json(text).text);
}

Json time_json(std::uint64_t time_ns, const StreamStart& start) {
  if (start.realtime_ns == 0) return {};
  return rfc3339(start.realtime_ns + time_ns - start.time_ns);
}

Json namespaces_json(const ev_namespaces& namespaces) {
  Json json = Json::object();
  for (const NamespaceMember& member : kNamespaceMembers)
    json[member.kind] = or_null(namespace_text(member.kind, namespaces.*member.inode));
  return json;
}

Json credentials_json(const ev_credentials& credentials) {
  const auto capabilities = [](std::uint64_t set) {
    return kernel::flag_names(kernel::kCapabilities, set);
  };
  return {
      {"uid", credentials.uid},
      {"gid", credentials.gid},
      {"euid", credentials.euid},
      {"egid", credentials.egid},
      {"suid", credentials.suid},
      {"sgid", credentials.sgid},
      {"fsuid", credentials.fsuid},
      {"fsgid", credentials.fsgid},
      {"effective", capabilities(credentials.effective)},
      {"permitted", capabilities(credentials.permitted)},
      {"inheritable", capabilities(credentials.inheritable)},
      {"bounding", capabilities(credentials.bounding)},
      {"ambient", capabilities(credentials.ambient)},
      {"securebits", kernel::flag_names(kernel::kSecurebits, credentials.securebits)},
      {"no_new_privs", credentials.no_new_privs != 0},
      {"seccomp_mode", kernel::enum_text(kernel::kSeccompModes, credentials.seccomp_mode)},
      {"seccomp_filters", credentials.seccomp_filters},
  };
}

/// Without "namespace" the mount is detached.
Json mount_json(const ev_mount& mount) {
  if (mount.id == 0 && mount.unique_id == 0) return {};
  Json json = {
      {"id", mount.id},
      {"unique_id", id_or_null(mount.unique_id)},
      {"parent_id", mount.parent_id},
      {"parent_unique_id", id_or_null(mount.parent_unique_id)},
      {"device", fmt::format("{}:{}", mount.device_major, mount.device_minor)},
      {"flags", kernel::flag_names(kernel::kMntFlags, mount.flags)},
  };
  if (auto place = namespace_text("mnt", mount.mnt_inode)) json["namespace"] = *std::move(place);
  return json;
}

Json hierarchy_json(std::uint32_t number, const StreamStart& start) {
  const CgroupHierarchy* hierarchy = find_hierarchy(start, number);
  return {
      {"number", number},
      {"version", number == 0 ? 2 : 1},
      {"controllers",
       hierarchy != nullptr ? Json(text_for_json(hierarchy->controllers).text) : Json()},
  };
}

Json id_map_json(std::string_view bytes) {
  Json lines = Json::array();
  for (const ev_id_extent& extent : split_values<ev_id_extent>(bytes))
    lines.push_back(
        {{"inside", extent.inside}, {"outside", extent.outside}, {"count", extent.count}});
  return lines;
}

/// One record on its way to JSON, with what there is to say about its strings.
class EventWriter {
public:
  EventWriter(const Record& record, const StreamStart& start) : record_(record), start_(start) {}

  Json write();

private:
  Json process();
  Json result_head() const;
  void add(Json& part, const FieldSchema& field);
  void add_string(Json& part, const FieldSchema& field);
  Json string_json(const FieldSchema& field, std::string_view text);
  Json text_json(std::string_view name, std::string_view text);
  Json cgroup_value_json(const FieldSchema& field) const;
  std::optional<Json> value_json(const FieldSchema& field) const;

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
  if (string.absent()) return;
  if ((string.state & VITRINE_STRING_AT_EXIT) != 0) read_at_exit_.push_back(field.name);
  if (string.truncated()) truncated_.push_back(field.name);
  part[field.name] = string.unreadable() ? Json() : string_json(field, string.text);
}

Json EventWriter::cgroup_value_json(const FieldSchema& field) const {
  const FieldSchema* file = find_field(record_.schema(), "file");
  const std::string_view name = file != nullptr ? string_of(record_, *file).text : "";
  return or_null(cgroup_value_text(struct_of<ev_cgroup_value>(record_, field), name));
}

/// Nothing: the field does not apply to this call.
std::optional<Json> EventWriter::value_json(const FieldSchema& field) const {
  const auto absent_or_null = [&](Json value) -> std::optional<Json> {
    if (value.is_null() && field.part == Part::arg) return std::nullopt;
    return value;
  };
  const std::int64_t value = integer_of(record_, field);
  const auto bits = static_cast<std::uint64_t>(value);
  switch (field.kind) {
  case Kind::count_:
  case Kind::bytes_:
    return field.is_signed ? Json(value) : Json(bits);
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
    return absent_or_null(value != 0 ? Json(value) : Json());
  case Kind::boot_time_:
    return number_or_null(bits);
  case Kind::signal_:
    if (value == 0) return std::nullopt;
    return kernel::signal_text(bits);
  case Kind::inode_:
    return absent_or_null(or_null(namespace_text(record_, field)));
  case Kind::namespace_kind_:
    if (value == 0) return std::nullopt;
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
  return std::nullopt;
}

void EventWriter::add(Json& part, const FieldSchema& field) {
  if (is_failure(record_) && exists_only_on_success(field)) return;
  if (field.is_string) return add_string(part, field);
  if (auto value = value_json(field)) part[field.name] = *std::move(value);
  const auto* prctl = record_.as<ev_security_prctl>();
  if (prctl == nullptr || (field.name != "arg2" && field.name != "arg3")) return;
  if (auto text = prctl_argument_text(*prctl, field.name == "arg2" ? 2 : 3))
    part[fmt::format("{}_name", field.name)] = *std::move(text);
}

Json EventWriter::write() {
  const ev_header& header = record_.header();
  Json line = {
      {"type", record_.schema().full_name},
      {"seq", header.sequence},
      {"cpu", header.cpu},
      {"time_ns", header.time_ns},
      {"time", time_json(header.time_ns, start_)},
      {"duration_ns", header.duration_ns},
      {"process", process()},
      {"container", nullptr},
  };
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

Json texts_json(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts)
    array.push_back(text_for_json(text).text);
  return array;
}

Json by_type_json(const StreamEnd& end) {
  Json by_type = Json::object();
  for (const EventSchema& event : all_events()) {
    const std::uint64_t emitted = end.emitted[event.type];
    const std::uint64_t lost = end.lost[event.type];
    if (emitted != 0 || lost != 0)
      by_type[event.full_name] = {{"emitted", emitted}, {"lost", lost}};
  }
  return by_type;
}

} // namespace

Json start_json(const StreamStart& start) {
  Json hierarchies = Json::array();
  for (const CgroupHierarchy& hierarchy : start.hierarchies) {
    Json json = hierarchy_json(hierarchy.number, start);
    json["path"] = text_for_json(hierarchy.path).text;
    hierarchies.push_back(std::move(json));
  }
  return {
      {"type", "trace.start"},
      {"schema", kTraceSchema},
      {"schema_version", kTraceSchemaVersion},
      {"generated_at", start.realtime_ns != 0 ? Json(rfc3339(start.realtime_ns)) : Json()},
      {"time_ns", start.time_ns},
      {"host",
       {
           {"hostname", text_or_null(start.hostname)},
           {"kernel", text_or_null(start.kernel_release)},
           {"boot_id", text_or_null(start.boot_id)},
           {"arch", text_or_null(start.architecture)},
           {"cgroup_mode", text_or_null(start.cgroup_mode)},
       }},
      {"errors", Json::array()},
      {"command", texts_json(start.command)},
      {"target_pid", number_or_null(start.target_pid)},
      {"host_namespaces", namespaces_json(start.host_namespaces)},
      {"cgroup_hierarchies", std::move(hierarchies)},
      {"notes", texts_json(start.notes)},
  };
}

Json event_json(const Record& record, const StreamStart& start) {
  return EventWriter(record, start).write();
}

Json end_json(const StreamEnd& end, const StreamStart& start) {
  const auto sum = [](const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  return {
      {"type", "trace.end"},
      {"time_ns", end.time_ns},
      {"time", time_json(end.time_ns, start)},
      {"emitted", sum(end.emitted)},
      {"lost", sum(end.lost)},
      {"received", end.received},
      {"untracked", end.untracked},
      {"missed_probes", end.missed_probes},
      {"late", end.late},
      {"exit_status", end.exit_status},
      {"by_type", by_type_json(end)},
  };
}

} // namespace vitrine::events
