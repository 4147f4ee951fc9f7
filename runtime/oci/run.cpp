// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/run.h"

#include "runtime/oci/container.h"
#include "runtime/oci/report.h"
#include "runtime/oci/signals.h"
#include "runtime/oci/state_directory.h"
#include "runtime/oci/supervise.h"
#include "runtime/oci/undo.h"
#include "userspace/base/clock.h"
#include "userspace/base/text_escape.h"

#include <csignal>

#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

std::string now_rfc3339() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return rfc3339(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
                 static_cast<std::uint64_t>(time.tv_nsec));
}

/// The host id that `id` of the container is; the id itself without a user namespace.
std::uint32_t host_id(const std::vector<IdMapping>& mappings, std::uint32_t id) {
  for (const IdMapping& mapping : mappings)
    if (id >= mapping.container_id && id - mapping.container_id < mapping.size)
      return mapping.host_id + (id - mapping.container_id);
  return id;
}

/// The upper layer, which belongs to the container's root.
Result<void> make_upper(const ContainerDirectory& directory, const Config& config) {
  const uid_t owner = host_id(config.linux_settings.uid_mappings, 0);
  const gid_t group = host_id(config.linux_settings.gid_mappings, 0);
  for (const char* name : {"upper", "work"})
    if (auto done = directory.make_subdirectory(name, owner, group); !done) return done;
  return {};
}

void undo_cgroup(Undo& undo, const CgroupDirectory& cgroup) {
  undo.push([mount_point = cgroup.mount_point, path = cgroup.path] {
    if (auto done = remove_cgroup(mount_point, path); !done) report_warning(done.error());
  });
}

Result<void> make_cgroups(const std::vector<CgroupDirectory>& cgroups, Undo& undo) {
  for (const CgroupDirectory& cgroup : cgroups) {
    undo_cgroup(undo, cgroup);
    if (auto done = make_cgroup(cgroup); !done) return done;
  }
  return {};
}

/// The set-up failed: says why, once the child is gone.
Result<int> give_up(const InitProcess& init, const Setup& setup, const Plan& plan) {
  const auto status = wait_for(init);
  if (!status) return tl::unexpected(status.error());
  if (!setup.failed)
    return failure("the container's first process was killed while it was being set up");
  const Error error = describe_failure(*setup.failed, plan);
  const auto shell = shell_status(*setup.failed);
  if (!shell) return tl::unexpected(error);
  report_error(error);
  return *shell;
}

void tell_of_memory_kills(int status, const std::vector<CgroupDirectory>& cgroups,
                          const Resources& limits) {
  if (status != 128 + SIGKILL || !limits.memory_limit) return;
  for (const CgroupDirectory& cgroup : cgroups)
    if (const std::uint64_t kills = out_of_memory_kills(cgroup); kills != 0)
      return report_warning(
          {0,
           fmt::format("the kernel killed {} process{} of the container: memory limit of {} bytes",
                       kills, kills == 1 ? "" : "es", *limits.memory_limit),
           {}});
}

Result<int> run_command(const Plan& plan, const Config& config, ContainerState& state,
                        const ContainerDirectory& directory) {
  auto signals = SignalForwarder::make();
  if (!signals) return tl::unexpected(std::move(signals).error());
  const auto init = clone_init(plan, config, state.cgroups);
  if (!init) return tl::unexpected(init.error());
  state.pid = init->pid;
  state.process_start = process_start_time(init->pid).value_or(0);
  state.status = "running";
  if (auto done = directory.write_state(state); !done) {
    ::kill(init->pid, SIGKILL);
    (void)wait_for(*init);
    return tl::unexpected(std::move(done).error());
  }
  auto setup = finish_setup(*init);
  if (!setup) return tl::unexpected(std::move(setup).error());
  if (!setup->command_runs) return give_up(*init, *setup, plan);
  auto status = supervise(*init, std::move(setup->terminal), *signals);
  if (status) tell_of_memory_kills(*status, state.cgroups, config.linux_settings.resources);
  return status;
}

Result<std::string> absolute(const std::string& path) {
  if (!path.empty() && path.front() == '/') return path;
  char* current = ::get_current_dir_name();
  if (current == nullptr) return os_error(errno, "getcwd");
  std::string out = fmt::format("{}/{}", current, path);
  ::free(current);
  return out;
}

} // namespace

Result<int> run_container(const RunOptions& options) {
  const std::string directory_path = options.root + "/" + options.id;
  const auto bundle = options.bundle.empty() ? directory_path : absolute(options.bundle);
  if (!bundle) return tl::unexpected(bundle.error());
  const auto text =
      read_file_at(AT_FDCWD, options.config.empty() ? *bundle + "/config.json" : options.config);
  if (!text) return tl::unexpected(text.error());
  const auto config = parse_config(*text);
  if (!config) return tl::unexpected(config.error());
  const auto layout = kernel::read_cgroup_layout();
  if (!layout) return tl::unexpected(layout.error());

  const auto plan = make_plan(*config, {options.id, *bundle, directory_path, *layout});
  if (!plan) return tl::unexpected(plan.error());
  const std::string& wanted = config->linux_settings.cgroups_path;
  auto cgroups = plan_cgroups(*config, wanted.empty() ? "/vitrine/" + options.id : wanted, *layout);
  if (!cgroups) return tl::unexpected(std::move(cgroups).error());
  if (::geteuid() != 0) // others can make none, unless one was given to them
    std::erase_if(*cgroups, [](const CgroupDirectory& cgroup) { return !is_needed(cgroup); });

  // Nothing has been made up to here.
  const auto root = StateDirectory::open(options.root);
  if (!root) return tl::unexpected(root.error());
  root->sweep();
  const auto directory = root->create(options.id);
  if (!directory) return tl::unexpected(directory.error());
  Undo undo;
  undo.push([&] {
    if (auto done = directory->remove(); !done) report_warning(done.error());
  });
  ContainerState state{options.id, *bundle, "creating", 0, 0, now_rfc3339(), std::move(*cgroups)};
  if (auto done = directory->write_state(state); !done)
    return tl::unexpected(std::move(done).error());
  if (auto done = directory->write_file("config.json", *text); !done)
    return tl::unexpected(std::move(done).error());
  if (plan->root.fresh_upper)
    if (auto done = make_upper(*directory, *config); !done)
      return tl::unexpected(std::move(done).error());
  if (auto done = make_cgroups(state.cgroups, undo); !done)
    return tl::unexpected(std::move(done).error());
  return run_command(*plan, *config, state, *directory);
}

} // namespace vitrine::oci
