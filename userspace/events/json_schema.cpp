// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/json_schema.h"

#include "userspace/events/field.h"
#include "userspace/events/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace vitrine::events {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHexPattern = "^0x[0-9a-f]+$";
constexpr std::string_view kDecimalPattern = "^[0-9]+$";

Json type(std::string_view name) {
  return {{"type", name}};
}
Json nullable(std::string_view name) {
  return {{"type", {name, "null"}}};
}
Json text_like(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}
Json array_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}
Json or_null(Json schema) {
  return {{"anyOf", {std::move(schema), type("null")}}};
}
Json count() {
  return {{"type", "integer"}, {"minimum", 0}};
}

Json reference(std::string_view definition) {
  return {{"$ref", fmt::format("#/$defs/{}", definition)}};
}

Json described(Json schema, std::string_view doc) {
  schema["description"] = doc;
  return schema;
}

/// `properties` and nothing else, all of them there but the `optional` ones.
Json object(Json properties, const std::vector<std::string_view>& optional = {}) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.items())
    if (std::find(optional.begin(), optional.end(), name) == optional.end())
      required.push_back(name);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json names(kernel::FlagSet set) {
  Json list = Json::array();
  for (const kernel::FlagName& entry : set)
    list.push_back(entry.name);
  return list;
}

/// A name of the set, or what has none in hexadecimal.
Json name_or_hex(kernel::FlagSet set) {
  return {{"anyOf", {Json{{"enum", names(set)}}, text_like(kHexPattern)}}};
}

Json flags(kernel::FlagSet set) {
  return array_of(name_or_hex(set));
}

Json name_or_number(kernel::FlagSet set) {
  return {{"anyOf", {Json{{"enum", names(set)}}, text_like(kDecimalPattern)}}};
}

Json namespace_reference(std::string_view kinds) {
  return {{"type", {"string", "null"}}, {"pattern", fmt::format("^({}):\\[[0-9]+\\]$", kinds)}};
}

Json namespaces() {
  Json members = Json::object();
  for (const NamespaceMember& member : kNamespaceMembers)
    members[member.kind] = namespace_reference(member.kind);
  return object(std::move(members));
}

std::string namespace_kinds() {
  std::string kinds;
  for (const NamespaceMember& member : kNamespaceMembers)
    kinds += (kinds.empty() ? "" : "|") + std::string(member.kind);
  return kinds;
}

Json credentials() {
  Json members = Json::object();
  for (const char* id : {"uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid"})
    members[id] = count();
  for (const char* set : {"effective", "permitted", "inheritable", "bounding", "ambient"})
    members[set] = reference("capabilities");
  members["securebits"] = flags(kernel::kSecurebits);
  members["no_new_privs"] = type("boolean");
  members["seccomp_mode"] = reference("enum_seccomp_mode");
  members["seccomp_filters"] = count();
  return object(std::move(members));
}

Json mount() {
  Json members = {
      {"id", count()},
      {"unique_id", reference("id64")},
      {"parent_id", count()},
      {"parent_unique_id", reference("id64")},
      {"device", text_like("^[0-9]+:[0-9]+$")},
      {"flags", flags(kernel::kMntFlags)},
      {"namespace", text_like("^mnt:\\[[0-9]+\\]$")},
  };
  return or_null(object(std::move(members), {"namespace"}));
}

Json cgroup_hierarchy_members() {
  return {
      {"number", count()}, {"version", {{"enum", {1, 2}}}}, {"controllers", nullable("string")}};
}

Json id_map() {
  return or_null(array_of(object({{"inside", count()}, {"outside", count()}, {"count", count()}})));
}

Json string_list() {
  return or_null(array_of(type("string")));
}

Json kind_schema(Kind kind) {
  switch (kind) {
  case Kind::count_:
  case Kind::fd_:
    return type("integer");
  case Kind::id_:
    return {{"type", "integer"}, {"minimum", -1}};
  case Kind::bytes_:
    return or_null(count());
  case Kind::hex_:
    return text_like(kHexPattern);
  case Kind::bool_:
    return type("boolean");
  case Kind::pid_:
  case Kind::socket_:
    return nullable("integer");
  case Kind::dirfd_:
    return {{"anyOf", {type("integer"), Json{{"const", "AT_FDCWD"}}}}};
  case Kind::inode_:
    return namespace_reference(namespace_kinds());
  case Kind::signal_:
    return name_or_number(kernel::kSignals);
  case Kind::boot_time_:
    return {{"type", {"integer", "null"}}, {"minimum", 0}};
  case Kind::namespace_kind_:
    return name_or_hex(kernel::kNamespaceKinds);
  case Kind::cgroup_hierarchy_:
    return object(cgroup_hierarchy_members());
  case Kind::cgroup_id_:
    return reference("id64");
  case Kind::capabilities_:
    return flags(kernel::kCapabilities);
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
    return flags(names_of(kind));
  case Kind::enum_fsconfig_:
  case Kind::enum_prctl_:
  case Kind::enum_seccomp_:
  case Kind::enum_seccomp_mode_:
    return name_or_hex(names_of(kind));
  case Kind::namespaces_:
    return namespaces();
  case Kind::credentials_:
    return credentials();
  case Kind::mount_:
    return mount();
  case Kind::cgroup_value_:
  case Kind::text_:
  case Kind::path_:
    return nullable("string");
  case Kind::path_list_:
  case Kind::argv_:
    return string_list();
  case Kind::pid_list_:
  case Kind::id_list_:
    return or_null(array_of(type("integer")));
  case Kind::id_map_:
    return id_map();
  }
  return {};
}

Json process() {
  return described(object({
                       {"pid", described(count(), "in the initial pid namespace")},
                       {"tid", described(count(), "the thread")},
                       {"parent_pid", nullable("integer")},
                       {"ns_pid", described(nullable("integer"), "in its own pid namespace")},
                       {"start_ns", described(reference("boot_time"), "with pid, its identity")},
                       {"comm", described(type("string"), "the thread's name")},
                   }),
                   "who made the call");
}

Json container_label() {
  return described(or_null(object({
                       {"engine", nullable("string")},
                       {"id", described(type("string"), "of engines without ids the name")},
                       {"name", nullable("string")},
                       {"image", nullable("string")},
                   })),
                   "the container that the event belongs to, as far as it is known by then");
}

/// The members of args or result that come from the table.
void add_fields(Json& members, std::vector<std::string_view>& optional, const EventSchema& event,
                Part part) {
  for (const FieldSchema& field : event.fields) {
    if (field.part != part) continue;
    members[field.name] = described(reference(kind_name(field.kind)), field.doc);
    if (is_optional(event, field)) optional.push_back(field.name);
  }
}

Json args(const EventSchema& event) {
  Json members = Json::object();
  std::vector<std::string_view> optional;
  add_fields(members, optional, event, Part::arg);
  if (event.type == VITRINE_EVENT_security_prctl)
    for (const char* name : {"arg2_name", "arg3_name"}) {
      members[name] = described(type("string"), "what the number means to this operation");
      optional.emplace_back(name);
    }
  return object(std::move(members), optional);
}

Json result(const EventSchema& event) {
  Json members = Json::object();
  std::vector<std::string_view> optional;
  if (event.returns != Returns::none) {
    members["value"] = described(type("integer"), "what the call returned");
    members["errno"] = described(type("string"), "why the call failed: only then it is there");
    optional.emplace_back("errno");
  }
  add_fields(members, optional, event, Part::result);
  return object(std::move(members), optional);
}

/// A list of names of strings of this event, absent when there is none.
Json string_names(const EventSchema& event, bool with_comm) {
  Json list = Json::array();
  if (with_comm) list.push_back("comm");
  for (const FieldSchema& field : event.fields)
    if (field.is_string) list.push_back(field.name);
  return {{"type", "array"}, {"items", {{"enum", std::move(list)}}}, {"uniqueItems", true}};
}

Json event_schema(const EventSchema& event) {
  Json members = {
      {"type", {{"const", event.full_name}}},
      {"seq", reference("seq")},
      {"cpu", count()},
      {"time_ns", reference("time_ns")},
      {"time", reference("time")},
      {"duration_ns", reference("duration_ns")},
      {"process", reference("process")},
      {"container", reference("container")},
      {"container_guessed",
       described({{"const", true}},
                 "nothing but the time says that the event belongs to the container or, without "
                 "one, to what is traced; else absent")},
      {"args", args(event)},
      {"result", result(event)},
      {"truncated", described(string_names(event, false), "strings longer than what is here")},
      {"escaped", described(string_names(event, true),
                            "strings that are not UTF-8: \\xNN is a byte, \\\\ a backslash")},
      {"read_at_exit", described(string_names(event, false),
                                 "strings that could only be read when the call had ended")},
  };
  return described(
      object(std::move(members), {"container_guessed", "truncated", "escaped", "read_at_exit"}),
      event.doc);
}

Json cgroup_places() {
  Json hierarchy = cgroup_hierarchy_members();
  hierarchy["path"] = described(type("string"), "the cgroup there");
  return array_of(object(std::move(hierarchy)));
}

Json earlier_process() {
  return object({
      {"pid", described(count(), "in the initial pid namespace")},
      {"start_ns", described(reference("boot_time"), "with pid, its identity")},
      {"parent_pid", nullable("integer")},
      {"ns_pid", described(nullable("integer"), "in its own pid namespace")},
      {"comm", nullable("string")},
      {"argv", array_of(type("string"))},
      {"followed", described({{"enum", {"target", "daemon", nullptr}}}, "why it is followed")},
      {"namespaces", reference("namespaces")},
      {"cgroups", cgroup_places()},
  });
}

Json container_schema() {
  return described(
      object({
          {"type", {{"const", "trace.container"}}},
          {"time_ns", described(count(), "CLOCK_BOOTTIME at which it came")},
          {"time", reference("time")},
          {"engine", nullable("string")},
          {"id", nullable("string")},
          {"name", nullable("string")},
          {"image", nullable("string")},
          {"init_pid", nullable("integer")},
          {"directories",
           described(array_of(type("string")), "that only this container uses, on the host")},
          {"layers",
           described(array_of(object({{"directory", type("string")}, {"name", type("string")}})),
                     "topmost first, with the engine's own names")},
          {"error", described(nullable("string"), "why not everything could be learnt")},
      }),
      "what an engine told about a container; several lines for one add up");
}

Json start_schema() {
  Json host = object({
      {"hostname", nullable("string")},
      {"kernel", nullable("string")},
      {"boot_id", nullable("string")},
      {"arch", nullable("string")},
      {"cgroup_mode", {{"enum", {"v1", "v2", "hybrid", nullptr}}}},
  });
  return described(
      object({
          {"type", {{"const", "trace.start"}}},
          {"schema", {{"const", kTraceSchema}}},
          {"schema_version",
           text_like(fmt::format("^{}\\.[0-9]+$",
                                 kTraceSchemaVersion.substr(0, kTraceSchemaVersion.find('.'))))},
          {"generated_at", reference("time")},
          {"time_ns", reference("time_ns")},
          {"host", std::move(host)},
          {"errors", array_of(type("string"))},
          {"scope",
           described({{"enum", {"command", "process", "container", "all"}}}, "what is traced")},
          {"follow_daemons", {{"enum", {"no", "auto", "all"}}}},
          {"command", described(array_of(type("string")), "the command, or the words that chose")},
          {"target_pid", described(nullable("integer"), "its first process; null: the whole host")},
          {"processes", described(array_of(earlier_process()), "that were there before")},
          {"host_namespaces", described(reference("namespaces"), "the tracer's own")},
          {"cgroup_hierarchies", described(cgroup_places(), "the tracer's own")},
          {"notes", described(array_of(type("string")), "what this kernel cannot tell")},
      }),
      "the first line: the world that the numbers belong to");
}

Json end_schema() {
  Json counts = object({{"emitted", count()}, {"lost", count()}, {"hidden", count()}});
  Json by_type = {{"type", {"object", "null"}},
                  {"propertyNames", {{"pattern", "^[a-z]+\\.[a-z0-9_]+$"}}},
                  {"additionalProperties", std::move(counts)}};
  return described(
      object({
          {"type", {{"const", "trace.end"}}},
          {"time_ns", reference("time_ns")},
          {"time", reference("time")},
          {"complete",
           described(type("boolean"), "false: a recording that ends before its trace did; then "
                                      "time_ns is that of its last event, received counts those "
                                      "that it holds, and nothing else is known")},
          {"emitted", described(nullable("integer"), "events that the kernel side wrote")},
          {"lost", described(nullable("integer"), "events for which the ring had no room")},
          {"received", described(count(), "events that arrived: emitted, when all is well")},
          {"hidden", described(count(), "events without a line: what daemons did for others")},
          {"untracked",
           described(nullable("integer"), "children or calls the kernel had no memory to follow")},
          {"missed_probes", described(nullable("integer"), "programs that the kernel did not run")},
          {"late", described(nullable("integer"), "events that came after their turn")},
          {"exit_status", described(nullable("integer"),
                                    "of the command, as a shell counts; null: the trace has none")},
          {"by_type", std::move(by_type)},
      }),
      "the last line: how much of the truth the stream holds");
}

} // namespace

Json trace_schema() {
  Json definitions = {
      {"time", {{"type", {"string", "null"}}, {"format", "date-time"}}},
      {"id64", {{"type", {"string", "null"}}, {"pattern", kDecimalPattern}}},
      {"seq", described(count(), "number of the event on its CPU: a gap is a loss")},
      {"time_ns", described(count(), "CLOCK_BOOTTIME; of an event, when the call began")},
      {"duration_ns", described(count(), "until the call ended; 0: no call")},
      {"process", process()},
      {"container", container_label()},
  };
  for (auto kind = Kind{}; !kind_name(kind).empty();
       kind = static_cast<Kind>(static_cast<int>(kind) + 1))
    definitions[kind_name(kind)] = described(kind_schema(kind), kind_doc(kind));
  definitions["trace.start"] = start_schema();
  definitions["trace.container"] = container_schema();
  definitions["trace.end"] = end_schema();
  Json lines = {reference("trace.start"), reference("trace.container"), reference("trace.end")};
  for (const EventSchema& event : all_events()) {
    definitions[event.full_name] = event_schema(event);
    lines.push_back(reference(event.full_name));
  }
  return {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", fmt::format("{} {}", kTraceSchema, kTraceSchemaVersion)},
      {"description",
       "One line of vitrine trace --format ndjson. null: could not be known. Absent: "
       "not asked, or does not apply."},
      {"oneOf", std::move(lines)},
      {"$defs", std::move(definitions)},
  };
}

} // namespace vitrine::events
