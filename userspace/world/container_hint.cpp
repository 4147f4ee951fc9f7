// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/container_hint.h"

#include "userspace/events/field.h"
#include "userspace/world/container_command.h"
#include "userspace/world/container_path.h"
#include "userspace/world/engine_message.h"

#include <algorithm>

namespace vitrine::world {
namespace {

using events::ContainerHint;
using events::Record;
using Hints = std::vector<ContainerHint>;

constexpr std::size_t kMostConnections = 1024;

void add(Hints& hints, const ContainerMention& mention, std::uint32_t pid = 0,
         std::string_view socket = {}) {
  const auto same = [&](const ContainerHint& hint) {
    return hint.engine == mention.engine && hint.id == mention.id;
  };
  if (mention.id.empty() || std::ranges::any_of(hints, same)) return;
  hints.push_back({.engine = std::string(mention.engine),
                   .id = std::string(mention.id),
                   .socket = std::string(socket),
                   .pid = pid,
                   .directories = {}});
}

void add_command(Hints& hints, const Record& record, const ev_process_exec& exec) {
  const events::RecordString argv = record.string(exec.argv);
  const auto command = container_command(argv.text, argv.truncated());
  if (!command || command->container.id.empty()) return;
  add(hints, command->container);
  for (const std::string_view directory : {command->bundle, command->root})
    if (!directory.empty()) hints.back().directories.emplace_back(directory);
}

void add_request(Hints& hints, const Record& record, const ev_network_request& call,
                 std::string_view socket) {
  const auto request = engine_request(record.string(call.text).text);
  // The name in a create is nobody's yet.
  if (request && request->subject != EngineRequest::Subject::create)
    add(hints, request->container, 0, socket);
}

void add_response(Hints& hints, const Record& record, const ev_network_response& call,
                  std::string_view socket) {
  const auto response = engine_response(record.string(call.text).text);
  if (response && response->created_container) add(hints, {{}, response->id}, 0, socket);
}

/// The process that the event puts into the cgroup.
std::uint32_t pid_in_cgroup(const Record& record) {
  if (const auto* attach = record.as<ev_cgroup_attach>()) return attach->target_pid;
  if (const auto* clone = record.as<ev_process_clone3>()) return clone->child_pid;
  return 0;
}

void add_paths(Hints& hints, const Record& record) {
  for (const events::FieldSchema& field : record.schema().fields) {
    if (field.kind != events::Kind::path_) continue;
    const std::string_view path = events::string_of(record, field).text;
    const bool is_cgroup = record.schema().category == "cgroup" || field.name == "cgroup_path";
    const auto mention = is_cgroup ? container_of_cgroup(path) : container_of_path(path);
    if (mention) add(hints, *mention, is_cgroup ? pid_in_cgroup(record) : 0);
  }
}

} // namespace

Hints container_hints(const Record& record, std::string_view socket) {
  Hints hints;
  if (events::is_failure(record)) return hints;
  if (const auto* exec = record.as<ev_process_exec>())
    add_command(hints, record, *exec);
  else if (const auto* request = record.as<ev_network_request>())
    add_request(hints, record, *request, socket);
  else if (const auto* response = record.as<ev_network_response>())
    add_response(hints, record, *response, socket);
  else
    add_paths(hints, record);
  return hints;
}

Hints ContainerHints::operator()(const Record& record) {
  if (const auto* connect = record.as<ev_network_connect>()) {
    const std::string_view path = record.string(connect->path).text;
    // An old connection that is forgotten only costs its socket's path in a hint.
    if (sockets_.size() >= kMostConnections) sockets_.erase(sockets_.begin());
    if (path.starts_with('/')) sockets_[connect->socket] = path;
  }
  std::uint32_t connection = 0;
  if (const auto* request = record.as<ev_network_request>()) connection = request->socket;
  if (const auto* response = record.as<ev_network_response>()) connection = response->socket;
  const auto known = sockets_.find(connection);
  return container_hints(record, known == sockets_.end() ? std::string_view() : known->second);
}

} // namespace vitrine::world
