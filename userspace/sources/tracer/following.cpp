// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/following.h"

#include "userspace/sources/tracer/daemon_circles.h"
#include "userspace/sources/tracer/earlier_processes.h"

#include <algorithm>
#include <map>

#include <unistd.h>

namespace vitrine::tracer {
namespace {

using Marks = std::map<std::uint32_t, vitrine_mark>;

/// Threads that unmarked threads started behind the iterator's back are found by the next look. Two
/// are the rule.
constexpr int kMostLooks = 8;

Result<std::vector<vitrine_task>> mark_all(Programs& programs, const Marks& marks) {
  for (int look = 1;; ++look) {
    auto tasks = programs.mark_tasks(marks);
    if (!tasks) return tasks;
    const bool more = std::any_of(tasks->begin(), tasks->end(),
                                  [](const vitrine_task& task) { return task.is_new != 0; });
    if (!more || look == kMostLooks) return tasks;
  }
}

/// The processes that are chosen by the options' scope.
Result<std::set<std::uint32_t>> chosen_processes(const Options& options, Programs& programs) {
  std::set<std::uint32_t> chosen;
  if (options.scope != events::Scope::process && options.scope != events::Scope::container)
    return chosen;
  const auto tasks = programs.mark_tasks({});
  if (!tasks) return tl::unexpected(tasks.error());
  return options.scope == events::Scope::process ? process_with_descendants(*tasks, options.pid)
                                                 : processes_of_container(*tasks, options.pid);
}

/// Adds the daemons' marks. Returns those that engines speak to or are.
Result<std::set<std::uint32_t>> add_daemons(Programs& programs, Marks& marks) {
  std::set<std::uint32_t> outsiders;
  for (const auto& [pid, mark] : marks)
    outsiders.insert(pid);
  const auto sockets = programs.list_sockets();
  if (!sockets) return tl::unexpected(sockets.error());
  const DaemonCircles circles = daemon_circles(*sockets, outsiders);
  std::set<std::uint32_t> engines;
  for (const auto& [pid, mask] : circles.by_process) {
    marks[pid] = {.circles = mask, .followed = VITRINE_FOLLOWED_DAEMON, .reserved = 0};
    if ((mask & circles.engines) != 0) engines.insert(pid);
  }
  if (auto set = programs.set_servers(circles.by_address); !set)
    return tl::unexpected(std::move(set).error());
  return engines;
}

} // namespace

Result<std::vector<events::EarlierProcess>> follow_earlier(const Options& options,
                                                           Programs& programs) {
  Marks marks;
  marks[static_cast<std::uint32_t>(::getpid())] = {
      .circles = 0, .followed = VITRINE_FOLLOWED_NEVER, .reserved = 0};
  auto told = chosen_processes(options, programs);
  if (!told) return tl::unexpected(std::move(told).error());
  // A process that was started since the look is found by the next, when it is a chosen one's
  // child.
  for (const std::uint32_t pid : *told)
    marks[pid] = {.circles = 0, .followed = VITRINE_FOLLOWED_TARGET, .reserved = 0};
  if (options.scope == events::Scope::container)
    if (auto set = programs.follow_cgroups(cgroups_of_container(options.pid)); !set)
      return tl::unexpected(std::move(set).error());
  const bool with_daemons =
      options.follow_daemons != events::FollowDaemons::no && options.scope != events::Scope::all;
  if (with_daemons) {
    auto engines = add_daemons(programs, marks);
    if (!engines) return tl::unexpected(std::move(engines).error());
    told->merge(*engines);
  }
  const auto tasks = mark_all(programs, marks);
  if (!tasks) return tl::unexpected(tasks.error());
  if (options.scope == events::Scope::all)
    for (const vitrine_task& task : *tasks)
      told->insert(task.pid);
  return describe_processes(*tasks, *told);
}

Result<void> LateDaemons::follow(const ev_network_connect& connect) {
  if (connect.known_server != 0 || connect.peer_pid == 0 || !known_.insert(connect.peer_pid).second)
    return {};
  const std::uint64_t circle = std::uint64_t{1} << VITRINE_LAST_CIRCLE;
  const auto marked = mark_all(
      programs_, {{connect.peer_pid,
                   {.circles = circle, .followed = VITRINE_FOLLOWED_DAEMON, .reserved = 0}}});
  if (!marked) return tl::unexpected(marked.error());
  programs_.wake(circle);
  return {};
}

} // namespace vitrine::tracer
