// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/clock.h"
#include "userspace/base/text_escape.h"
#include "userspace/events/json.h"
#include "userspace/events/json_values.h"

#include <numeric>
#include <utility>

namespace vitrine::events {
namespace {

Json texts_json(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts)
    array.push_back(text_for_json(text).text);
  return array;
}

constexpr std::string_view kScopes[] = {"command", "process", "container", "all"};
constexpr std::string_view kFollowDaemons[] = {"no", "auto", "all"};

Json followed_json(std::uint32_t followed) {
  if (followed == 0) return {};
  return (followed & VITRINE_FOLLOWED_TARGET) != 0 ? "target" : "daemon";
}

Json process_json(const EarlierProcess& process, const StreamStart& start) {
  Json cgroups = Json::array();
  for (const CgroupHierarchy& cgroup : process.cgroups) {
    Json json = hierarchy_json(cgroup.number, start);
    json["path"] = text_for_json(cgroup.path).text;
    cgroups.push_back(std::move(json));
  }
  return {
      {"pid", process.pid},
      {"start_ns", number_or_null(process.start_ns)},
      {"parent_pid", number_or_null(process.parent_pid)},
      {"ns_pid", number_or_null(process.ns_pid)},
      {"comm", text_or_null(process.comm)},
      {"argv", texts_json(process.argv)},
      {"followed", followed_json(process.followed)},
      {"namespaces", namespaces_json(process.namespaces)},
      {"cgroups", std::move(cgroups)},
  };
}

Json by_type_json(const StreamEnd& end, const EventCounts& hidden) {
  Json by_type = Json::object();
  for (const EventSchema& event : all_events()) {
    const std::uint64_t emitted = end.emitted[event.type];
    const std::uint64_t lost = end.lost[event.type];
    if (emitted != 0 || lost != 0)
      by_type[event.full_name] = {
          {"emitted", emitted}, {"lost", lost}, {"hidden", hidden[event.type]}};
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
  Json processes = Json::array();
  for (const EarlierProcess& process : start.processes)
    processes.push_back(process_json(process, start));
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
      {"scope", kScopes[static_cast<std::size_t>(start.scope)]},
      {"follow_daemons", kFollowDaemons[static_cast<std::size_t>(start.follow_daemons)]},
      {"command", texts_json(start.command)},
      {"target_pid", number_or_null(start.target_pid)},
      {"processes", std::move(processes)},
      {"host_namespaces", namespaces_json(start.host_namespaces)},
      {"cgroup_hierarchies", std::move(hierarchies)},
      {"notes", texts_json(start.notes)},
  };
}

Json container_json(const ContainerNote& note, const StreamStart& start) {
  Json layers = Json::array();
  for (const LayerName& layer : note.layers)
    layers.push_back({{"directory", text_for_json(layer.directory).text},
                      {"name", text_for_json(layer.name).text}});
  return {
      {"type", "trace.container"},
      {"time_ns", note.time_ns},
      {"time", time_json(note.time_ns, start)},
      {"engine", text_or_null(note.engine)},
      {"id", text_or_null(note.id)},
      {"name", text_or_null(note.name)},
      {"image", text_or_null(note.image)},
      {"init_pid", number_or_null(note.init_pid)},
      {"directories", texts_json(note.directories)},
      {"layers", std::move(layers)},
      {"error", text_or_null(note.error)},
  };
}

Json end_json(const StreamEnd& end, const StreamStart& start, const EventCounts& hidden) {
  const auto sum = [](const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  const auto known = [&](Json value) { return end.complete ? std::move(value) : Json(); };
  return {
      {"type", "trace.end"},
      {"time_ns", end.time_ns},
      {"time", time_json(end.time_ns, start)},
      {"complete", end.complete},
      {"emitted", known(sum(end.emitted))},
      {"lost", known(sum(end.lost))},
      {"received", end.received},
      {"hidden", sum(hidden)},
      {"untracked", known(end.untracked)},
      {"missed_probes", known(end.missed_probes)},
      {"late", known(end.late)},
      {"exit_status", start.scope == Scope::command ? known(end.exit_status) : Json()},
      {"by_type", known(by_type_json(end, hidden))},
  };
}

} // namespace vitrine::events
