// SPDX-License-Identifier: Apache-2.0
#include "userspace/inspector/inspector.h"

#include "userspace/base/clock.h"
#include "userspace/inspector/host.h"
#include "userspace/sources/engines/engines.h"
#include "userspace/sources/namespaces/namespaces.h"
#include "userspace/sources/namespaces/open.h"
#include "userspace/sources/networks/networks.h"
#include "userspace/sources/networks/socket_owners.h"
#include "userspace/world/cgroup_members.h"
#include "userspace/world/containers.h"
#include "userspace/world/layers.h"
#include "userspace/world/namespaces.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <unistd.h>

namespace vitrine::inspector {
namespace {

std::string now() {
  timespec time = {};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return rfc3339(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                 static_cast<std::uint64_t>(time.tv_nsec));
}

/// A namespace's holders are looked for among processes, threads, files and mounts.
census::Wanted wanted_of(const Tables& tables, bool details) {
  census::Wanted wanted;
  wanted.threads = true;
  wanted.files = tables.processes || tables.namespaces || tables.mounts;
  wanted.namespaces = tables.namespaces;
  wanted.commands = wanted.security = details;
  return wanted;
}

void add_sources(objects::Snapshot& snapshot, const std::vector<std::string>& sources) {
  for (const std::string& source : sources)
    if (std::ranges::find(snapshot.sources, source) == snapshot.sources.end())
      snapshot.sources.push_back(source);
}

void add_errors(objects::Snapshot& snapshot, const std::vector<objects::SourceError>& errors) {
  for (const objects::SourceError& error : errors)
    objects::count_error(snapshot.errors, error.source, error.error, error.count);
}

std::vector<objects::Namespace> join(const census::Observations& census,
                                     const mounts::Readings& mounts) {
  return world::namespaces_of(census.processes, census.namespaces, mounts.mounts);
}

} // namespace

Result<Inspector> Inspector::open(const Options& options) {
  auto census = census::Census::open({options.root + "/proc", options.iterators});
  if (!census) return tl::unexpected(std::move(census).error());
  return Inspector(options, *std::move(census));
}

Result<Inspector::Look> Inspector::look(const Tables& tables) {
  Look look;
  auto census = census_.take(wanted_of(tables, details_));
  if (!census) return tl::unexpected(std::move(census).error());
  look.census = *std::move(census);
  if (!tables.mounts && !tables.namespaces) return look;
  auto mounts = mounts::read(look.census.processes, {proc(), options_.statmount});
  if (!mounts) return tl::unexpected(std::move(mounts).error());
  look.mounts = *std::move(mounts);
  return look;
}

std::vector<objects::Namespace> Inspector::namespaces(const Look& look, const Tables& tables,
                                                      objects::Snapshot& snapshot) {
  auto rows = join(look.census, look.mounts);
  if (world::has_unknown_holders(rows)) {
    auto again = this->look(tables);
    if (again) world::settle_unknown_holders(rows, join(again->census, again->mounts));
  }
  add_errors(snapshot, namespaces::describe(rows, proc()));
  return rows;
}

void Inspector::add_cgroups(objects::Snapshot& snapshot) {
  if (!cgroups_) {
    auto opened = cgroups::Cgroups::open(options_.root);
    if (!opened) return objects::count_error(snapshot.errors, "cgroups", opened.error().message());
    cgroups_ = *std::move(opened);
  }
  cgroups::Readings readings = cgroups_->read();
  add_errors(snapshot, readings.errors);
  world::count_members(readings.cgroups, *snapshot.processes);
  snapshot.cgroups = std::move(readings.cgroups);
}

void Inspector::add_networks(objects::Snapshot& snapshot) const {
  std::vector<networks::Door> doors;
  for (const objects::Namespace& space : *snapshot.namespaces) {
    if (space.id.kind != objects::NamespaceKind::net) continue;
    if (auto fd = namespaces::open(space, proc()))
      doors.push_back({space.id, *std::move(fd)});
    else if (fd.error().code != ESRCH)
      objects::count_error(snapshot.errors, "network namespaces", fd.error().message());
  }
  networks::Readings readings = networks::read(doors);
  add_errors(snapshot, readings.errors);
  add_errors(snapshot, networks::find_owners(readings.networks, *snapshot.processes, proc()));
  snapshot.networks = std::move(readings.networks);
}

void Inspector::add_containers(objects::Snapshot& snapshot, const Tables& tables) const {
  world::ContainerEvidence evidence;
  evidence.notes = engines::all(options_.root.empty() ? "/" : options_.root);
  const auto own_pid = static_cast<std::uint32_t>(::getpid());
  for (const objects::Process& process : *snapshot.processes)
    if (process.id.pid == own_pid && options_.root.empty())
      for (const objects::CgroupPlace& place : process.cgroups)
        evidence.own_cgroups[place.hierarchy] = place.path;
  if (tables.layers) snapshot.layers = world::layers_of(*snapshot.mounts, evidence.notes);
  world::join_containers(snapshot, evidence);
}

/// The tables that those who are wanted are joined from.
Tables Inspector::with_sources(Tables tables) {
  tables.containers |= tables.layers;
  tables.cgroups |= tables.containers;
  tables.mounts |= tables.containers || tables.namespaces;
  tables.namespaces |= tables.containers || tables.networks;
  tables.processes |= tables.namespaces || tables.cgroups || tables.mounts;
  return tables;
}

void Inspector::leave_out(objects::Snapshot& snapshot, const Tables& tables) {
  if (!tables.processes) snapshot.processes.reset();
  if (!tables.namespaces) snapshot.namespaces.reset();
  if (!tables.mounts) snapshot.mounts.reset();
  if (!tables.cgroups) snapshot.cgroups.reset();
  if (!tables.containers) snapshot.containers.reset();
}

Result<objects::Snapshot> Inspector::take(const Tables& wanted) {
  const Tables tables = with_sources(wanted);
  details_ = wanted.processes;
  objects::Snapshot snapshot;
  snapshot.generated_at = now();
  snapshot.host = read_host(options_.root);
  auto seen = look(tables);
  if (!seen) return tl::unexpected(std::move(seen).error());
  for (const auto& sources : {seen->census.sources, seen->mounts.sources})
    add_sources(snapshot, sources);
  for (const auto& errors : {seen->census.errors, seen->mounts.errors})
    add_errors(snapshot, errors);
  if (tables.namespaces) snapshot.namespaces = namespaces(*seen, tables, snapshot);
  if (tables.processes) snapshot.processes = std::move(seen->census.processes);
  if (tables.mounts) snapshot.mounts = std::move(seen->mounts.mounts);
  if (tables.cgroups) add_cgroups(snapshot);
  if (tables.networks) add_networks(snapshot);
  if (tables.containers) add_containers(snapshot, tables);
  leave_out(snapshot, wanted);
  return snapshot;
}

} // namespace vitrine::inspector
