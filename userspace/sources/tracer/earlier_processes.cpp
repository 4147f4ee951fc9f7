// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/earlier_processes.h"

#include "userspace/base/unique_fd.h"
#include "userspace/events/field.h"
#include "userspace/kernel/cgroup_layout.h"
#include "userspace/sources/tracer/host.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include <fcntl.h>
#include <string.h> // strnlen
#include <sys/stat.h>

namespace vitrine::tracer {
namespace {

/// A command line has its limit in megabytes: this much says what runs.
constexpr std::size_t kArgumentsLimit = std::size_t{64} << 10;

/// Names of those who start and watch a container's processes, cut at 15 bytes as the kernel does.
constexpr std::array<std::string_view, 3> kMonitors = {"containerd-shim", "conmon", "lxc-start"};

std::string_view comm_of(const vitrine_task& task) {
  return {task.comm, ::strnlen(task.comm, sizeof task.comm)};
}

const vitrine_task* find_process(std::span<const vitrine_task> tasks, std::uint32_t pid) {
  const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const vitrine_task& task) {
    return task.pid == pid && task.tid == pid;
  });
  return found == tasks.end() ? nullptr : &*found;
}

std::vector<std::string> arguments_of(std::uint32_t pid) {
  std::vector<std::string> arguments;
  const auto text = read_file_at(AT_FDCWD, fmt::format("/proc/{}/cmdline", pid), kArgumentsLimit);
  if (!text) return arguments;
  for (const std::string_view argument : events::split_strings(*text))
    arguments.emplace_back(argument);
  return arguments;
}

/// "cpu,cpuacct" of /proc/PID/cgroup is the hierarchy with the controllers cpu and cpuacct.
const kernel::CgroupHierarchy* find_hierarchy(const kernel::CgroupLayout& layout,
                                              const events::CgroupHierarchy& wanted) {
  if (wanted.number == 0) return layout.unified();
  constexpr std::string_view kNamed = "name=";
  if (!wanted.controllers.starts_with(kNamed))
    return layout.with_controller(wanted.controllers.substr(0, wanted.controllers.find(',')));
  for (const kernel::CgroupHierarchy& hierarchy : layout.hierarchies)
    if (hierarchy.name == wanted.controllers.substr(kNamed.size())) return &hierarchy;
  return nullptr;
}

} // namespace

std::set<std::uint32_t> process_with_descendants(std::span<const vitrine_task> tasks,
                                                 std::uint32_t pid) {
  std::multimap<std::uint32_t, std::uint32_t> children;
  for (const vitrine_task& task : tasks)
    if (task.tid == task.pid) children.emplace(task.parent_pid, task.pid);
  std::set<std::uint32_t> found = {pid};
  std::vector<std::uint32_t> open = {pid};
  while (!open.empty()) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = first; child != last; ++child)
      if (found.insert(child->second).second) open.push_back(child->second);
  }
  return found;
}

std::set<std::uint32_t> processes_of_container(std::span<const vitrine_task> tasks,
                                               std::uint32_t init) {
  const vitrine_task* first = find_process(tasks, init);
  if (first == nullptr) return {init};
  std::uint32_t top = init;
  if (const vitrine_task* parent = find_process(tasks, first->parent_pid);
      parent != nullptr &&
      std::find(kMonitors.begin(), kMonitors.end(), comm_of(*parent)) != kMonitors.end())
    top = parent->pid;
  std::set<std::uint32_t> found = process_with_descendants(tasks, top);
  const std::uint32_t own = describe_host().host_namespaces.pid;
  if (first->namespaces.pid == 0 || first->namespaces.pid == own) return found;
  for (const vitrine_task& task : tasks)
    if (task.namespaces.pid == first->namespaces.pid) found.insert(task.pid);
  return found;
}

std::vector<vitrine_cgroup_key> cgroups_of_container(std::uint32_t init) {
  std::vector<vitrine_cgroup_key> keys;
  const auto layout = kernel::read_cgroup_layout();
  if (!layout) return keys;
  const auto own = cgroups_of(0);
  for (const events::CgroupHierarchy& place : cgroups_of(init)) {
    const bool shared = std::any_of(own.begin(), own.end(), [&](const auto& mine) {
      return mine.number == place.number && mine.path == place.path;
    });
    const kernel::CgroupHierarchy* hierarchy = find_hierarchy(*layout, place);
    if (shared || place.path == "/" || hierarchy == nullptr) continue;
    struct stat status = {};
    if (::stat((hierarchy->mount_point + place.path).c_str(), &status) != 0) continue;
    keys.push_back({.id = status.st_ino, .hierarchy = place.number, .reserved = 0});
  }
  return keys;
}

std::vector<events::EarlierProcess> describe_processes(std::span<const vitrine_task> tasks,
                                                       const std::set<std::uint32_t>& pids) {
  std::vector<events::EarlierProcess> processes;
  for (const vitrine_task& task : tasks) {
    if (task.tid != task.pid || !pids.contains(task.pid)) continue;
    events::EarlierProcess process;
    process.pid = task.pid;
    process.start_ns = task.start_ns;
    process.parent_pid = task.parent_pid;
    process.ns_pid = task.ns_pid;
    process.followed = task.followed;
    process.comm = comm_of(task);
    process.argv = arguments_of(task.pid);
    process.namespaces = task.namespaces;
    process.cgroups = cgroups_of(task.pid);
    processes.push_back(std::move(process));
  }
  std::sort(processes.begin(), processes.end(),
            [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return processes;
}

} // namespace vitrine::tracer
