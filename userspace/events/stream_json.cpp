// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/clock.h"
#include "userspace/base/text_escape.h"
#include "userspace/events/json.h"
#include "userspace/events/json_values.h"

#include <numeric>
#include <utility>

namespace vitrine::events {
namespace {

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text_for_json(text).text);
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
