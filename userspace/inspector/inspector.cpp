// SPDX-License-Identifier: Apache-2.0
#include "userspace/inspector/inspector.h"

#include "userspace/base/clock.h"
#include "userspace/inspector/host.h"
#include "userspace/sources/namespaces/namespaces.h"
#include "userspace/world/namespaces.h"

#include <algorithm>
#include <ctime>

namespace vitrine::inspector {
namespace {

std::string now() {
  timespec time = {};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return rfc3339(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                 static_cast<std::uint64_t>(time.tv_nsec));
}

/// A namespace's holders are looked for among processes, threads, files and mounts.
census::Wanted wanted_of(const Tables& tables) {
  census::Wanted wanted;
  wanted.threads = true;
  wanted.files = tables.processes || tables.namespaces || tables.mounts;
  wanted.namespaces = tables.namespaces;
  wanted.commands = tables.processes;
  wanted.security = tables.processes;
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
  auto census = census_.take(wanted_of(tables));
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

Result<objects::Snapshot> Inspector::take(const Tables& tables) {
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
  return snapshot;
}

} // namespace vitrine::inspector
