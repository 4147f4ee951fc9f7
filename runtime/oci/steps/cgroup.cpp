// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/cgroup.h"

#include "runtime/oci/steps/device_rule.h"
#include "userspace/base/text_escape.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

using kernel::CgroupHierarchy;
using kernel::CgroupLayout;

/// The v1 controllers in which a container gets its own group even without a limit: they account
/// for it.
constexpr std::string_view kV1Controllers[] = {"memory", "cpu", "cpuacct", "pids"};
constexpr std::string_view kV2Controllers[] = {"cpu", "memory", "pids"};

std::string number_or_max(std::int64_t number) {
  return number < 0 ? "max" : fmt::format("{}", number);
}

/// kernel.org cgroup-v2: weight 1 to 10000, v1 shares 2 to 262144; the usual linear mapping.
std::uint64_t weight_of(std::uint64_t shares) {
  const std::uint64_t bounded = std::clamp<std::uint64_t>(shares, 2, 262144);
  return 1 + ((bounded - 2) * 9999) / 262142;
}

std::vector<CgroupSetting> v1_settings(const Resources& limits, std::string_view controller) {
  std::vector<CgroupSetting> settings;
  const auto add = [&](const char* file, const auto& value) {
    if (value) settings.push_back({file, fmt::format("{}", *value)});
  };
  if (controller == "memory") {
    add("memory.limit_in_bytes", limits.memory_limit);
    add("memory.memsw.limit_in_bytes", limits.memory_swap);
    add("memory.soft_limit_in_bytes", limits.memory_reservation);
  }
  if (controller == "cpu") {
    add("cpu.shares", limits.cpu_shares);
    add("cpu.cfs_period_us", limits.cpu_period);
    add("cpu.cfs_quota_us", limits.cpu_quota);
  }
  if (controller == "pids" && limits.pids_limit)
    settings.push_back({"pids.max", number_or_max(*limits.pids_limit)});
  return settings;
}

/// v2 counts swap apart from memory, the specification both together.
std::string v2_swap(const Resources& limits) {
  const bool unlimited = *limits.memory_swap < 0 || limits.memory_limit.value_or(-1) < 0;
  return unlimited
             ? "max"
             : number_or_max(std::max<std::int64_t>(0, *limits.memory_swap - *limits.memory_limit));
}

std::vector<CgroupSetting> v2_settings(const Resources& limits, std::string_view controller) {
  std::vector<CgroupSetting> settings;
  if (controller == "memory") {
    if (limits.memory_limit)
      settings.push_back({"memory.max", number_or_max(*limits.memory_limit)});
    if (limits.memory_swap) settings.push_back({"memory.swap.max", v2_swap(limits)});
    if (limits.memory_reservation)
      settings.push_back({"memory.low", number_or_max(*limits.memory_reservation)});
  }
  if (controller == "cpu") {
    if (limits.cpu_shares)
      settings.push_back({"cpu.weight", fmt::format("{}", weight_of(*limits.cpu_shares))});
    if (limits.cpu_quota || limits.cpu_period)
      settings.push_back(
          {"cpu.max", fmt::format("{} {}", number_or_max(limits.cpu_quota.value_or(-1)),
                                  limits.cpu_period.value_or(100'000))});
  }
  if (controller == "pids" && limits.pids_limit)
    settings.push_back({"pids.max", number_or_max(*limits.pids_limit)});
  return settings;
}

struct Limit {
  const char* field;
  const char* controller;
  bool wanted;
};

Result<void> check_controllers(const Resources& limits, const CgroupLayout& layout) {
  const Limit wanted[] = {
      {"linux.resources.memory", "memory",
       limits.memory_limit || limits.memory_swap || limits.memory_reservation},
      {"linux.resources.cpu", "cpu", limits.cpu_shares || limits.cpu_quota || limits.cpu_period},
      {"linux.resources.pids", "pids", limits.pids_limit.has_value()}};
  for (const Limit& limit : wanted) {
    if (!limit.wanted || layout.with_controller(limit.controller) != nullptr) continue;
    return with_hint(failure("config.json: {}: this host offers no cgroup controller \"{}\"",
                             limit.field, limit.controller),
                     "mount it below /sys/fs/cgroup, or run without this limit");
  }
  return {};
}

void append_settings(CgroupDirectory& cgroup, std::vector<CgroupSetting> settings) {
  std::move(settings.begin(), settings.end(), std::back_inserter(cgroup.settings));
}

CgroupDirectory plan_v2(const CgroupHierarchy& hierarchy, const std::string& path,
                        const Resources& limits) {
  CgroupDirectory cgroup{hierarchy.mount_point, path, true, {}, {}, {}};
  for (const std::string_view controller : kV2Controllers) {
    if (std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) ==
        hierarchy.controllers.end())
      continue;
    cgroup.controllers.emplace_back(controller);
    append_settings(cgroup, v2_settings(limits, controller));
  }
  return cgroup;
}

void plan_v1(const CgroupLayout& layout, const std::string& path, const Resources& limits,
             std::vector<CgroupDirectory>& out) {
  for (const std::string_view controller : kV1Controllers) {
    const CgroupHierarchy* hierarchy = layout.with_controller(controller);
    if (hierarchy == nullptr || hierarchy->v2) continue;
    // Controllers mounted together share one directory.
    auto cgroup = std::find_if(out.begin(), out.end(), [&](const CgroupDirectory& known) {
      return known.mount_point == hierarchy->mount_point;
    });
    if (cgroup == out.end())
      cgroup = out.insert(out.end(), {hierarchy->mount_point, path, false, {}, {}, {}});
    append_settings(*cgroup, v1_settings(limits, controller));
  }
}

/// In a user namespace no node can be made and none of the host's disks opened: only explicit rules
/// count there.
bool wants_device_rules(const Config& config) {
  return (config.linux_settings.namespaces & CLONE_NEWUSER) == 0 ||
         !config.linux_settings.resources.devices.empty();
}

/// Without them, a container's root could make the node of the host's disk, and read it.
Result<void> plan_device_rules(const Config& config, const std::string& path,
                               const CgroupLayout& layout, std::vector<CgroupDirectory>& out) {
  if (!wants_device_rules(config)) return {};
  std::vector<DeviceRule> rules = effective_device_rules(config.linux_settings.resources.devices);
  if (!out.empty() && out.front().v2) {
    out.front().device_rules = std::move(rules);
    return {};
  }
  const CgroupHierarchy* hierarchy = layout.with_controller("devices");
  if (hierarchy == nullptr)
    return with_hint(failure("this host has no cgroup that could guard devices"),
                     "mount cgroup2, or the v1 controller \"devices\", or use a user namespace");
  CgroupDirectory cgroup{hierarchy->mount_point, path, false, {}, {}, {}};
  for (const DeviceRule& rule : rules)
    cgroup.settings.push_back(
        {rule.allow ? "devices.allow" : "devices.deny", device_rule_line(rule)});
  out.push_back(std::move(cgroup));
  return {};
}

/// "/a", "/a/b" … of "/a/b/c".
std::vector<std::string> directories_above(const std::string& path) {
  std::vector<std::string> above;
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    above.push_back(path.substr(0, slash));
  return above;
}

Result<void> make_one(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) < 0 && errno != EEXIST)
    return os_error(errno, "mkdir {}", escape_text(path));
  return {};
}

/// Lets the children of `path` have the controllers.
Result<void> enable_controllers(const std::string& path, const CgroupDirectory& cgroup) {
  for (const std::string& controller : cgroup.controllers) {
    auto done = write_file_at(AT_FDCWD, path + "/cgroup.subtree_control", "+" + controller);
    if (done || cgroup.settings.empty()) continue; // without limits, the group is enough
    const bool busy = done.error().code == EBUSY;
    auto error = tl::unexpected(std::move(done).error());
    if (!busy) return error;
    return with_hint(
        std::move(error),
        "processes live in that cgroup itself: cgroup v2 gives controllers only to the "
        "children of an empty one");
  }
  return {};
}

/// Another container's end may remove an empty directory above ours while we make it.
Result<void> make_directories(const CgroupDirectory& cgroup) {
  constexpr int kAttempts = 50;
  if (cgroup.v2)
    if (auto done = enable_controllers(cgroup.mount_point, cgroup); !done) return done;
  Result<void> done;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    for (const std::string& directory : directories_above(cgroup.path)) {
      done = make_one(cgroup.mount_point + directory);
      if (done && cgroup.v2) done = enable_controllers(cgroup.mount_point + directory, cgroup);
      if (!done) break;
    }
    if (done) done = make_one(cgroup.mount_point + cgroup.path);
    if (done || done.error().code != ENOENT) return done;
  }
  return done;
}

std::vector<pid_t> processes_in(int cgroup) {
  std::vector<pid_t> processes;
  const auto text = read_file_at(cgroup, "cgroup.procs");
  if (!text) return processes;
  for (const char* at = text->data(); at < text->data() + text->size();) {
    pid_t process = 0;
    const auto [end, error] = std::from_chars(at, text->data() + text->size(), process);
    if (error != std::errc()) break;
    if (process > 0) processes.push_back(process);
    at = end + 1;
  }
  return processes;
}

void sleep_milliseconds(long milliseconds) {
  const timespec time{0, milliseconds * 1'000'000};
  ::nanosleep(&time, nullptr);
}

std::vector<std::string> subdirectories(int directory) {
  std::vector<std::string> names;
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(stream);
  return names;
}

/// rmdir(2) of a cgroup is refused with EBUSY until its last process is gone for good.
Result<void> remove_tree(int parent, const std::string& name) {
  constexpr int kAttempts = 200;
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto directory = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) {
      if (directory.error().code == ENOENT) return {};
      return tl::unexpected(directory.error());
    }
    for (const std::string& child : subdirectories(directory->get()))
      if (auto done = remove_tree(directory->get(), child); !done) return done;
    for (const pid_t process : processes_in(directory->get()))
      ::kill(process, SIGKILL);
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    sleep_milliseconds(attempt < 20 ? 1 : 10);
  }
  return os_error(EBUSY, "remove cgroup {}", escape_text(name));
}

} // namespace

Result<std::vector<CgroupDirectory>> plan_cgroups(const Config& config, const std::string& path,
                                                  const CgroupLayout& layout) {
  const Resources& limits = config.linux_settings.resources;
  if (auto done = check_controllers(limits, layout); !done)
    return tl::unexpected(std::move(done).error());
  std::vector<CgroupDirectory> cgroups;
  if (const CgroupHierarchy* unified = layout.unified(); unified != nullptr)
    cgroups.push_back(plan_v2(*unified, path, limits));
  plan_v1(layout, path, limits, cgroups);
  if (auto done = plan_device_rules(config, path, layout, cgroups); !done)
    return tl::unexpected(std::move(done).error());
  return cgroups;
}

bool is_needed(const CgroupDirectory& cgroup) {
  return !cgroup.settings.empty() || !cgroup.device_rules.empty();
}

Result<void> make_cgroup(const CgroupDirectory& cgroup) {
  if (auto done = make_directories(cgroup); !done) return done;
  const auto directory = open_cgroup(cgroup);
  if (!directory) return tl::unexpected(directory.error());
  for (const CgroupSetting& setting : cgroup.settings)
    if (auto done = write_file_at(directory->get(), setting.file, setting.value); !done)
      return context(std::move(done).error(), "cgroup {}{}", cgroup.mount_point,
                     escape_text(cgroup.path));
  if (cgroup.device_rules.empty()) return {};
  return attach_device_program(directory->get(), device_program(cgroup.device_rules));
}

Result<void> move_to_cgroup(const CgroupDirectory& cgroup, pid_t process) {
  return write_file_at(AT_FDCWD, cgroup.mount_point + cgroup.path + "/cgroup.procs",
                       fmt::format("{}", process));
}

Result<UniqueFd> open_cgroup(const CgroupDirectory& cgroup) {
  return open_at(AT_FDCWD, cgroup.mount_point + cgroup.path, O_RDONLY | O_DIRECTORY);
}

Result<void> remove_cgroup(const std::string& mount_point, const std::string& path) {
  if (auto done = remove_tree(AT_FDCWD, mount_point + path); !done) return done;
  std::vector<std::string> above = directories_above(path);
  while (!above.empty() && ::rmdir((mount_point + above.back()).c_str()) == 0)
    above.pop_back();
  return {};
}

std::uint64_t out_of_memory_kills(const CgroupDirectory& cgroup) {
  const std::string directory = cgroup.mount_point + cgroup.path;
  const auto text =
      read_file_at(AT_FDCWD, directory + (cgroup.v2 ? "/memory.events" : "/memory.oom_control"));
  if (!text) return 0;
  const std::string_view key = "oom_kill ";
  std::uint64_t count = 0;
  for (auto at = text->find(key); at != std::string::npos; at = text->find(key, at + 1)) {
    if (at != 0 && (*text)[at - 1] != '\n') continue;
    const char* number = text->data() + at + key.size();
    std::from_chars(number, text->data() + text->size(), count);
  }
  return count;
}

} // namespace vitrine::oci
