// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/container.h"

#include "runtime/oci/child.h"
#include "runtime/oci/report.h"
#include "runtime/oci/steps/namespace.h"
#include "userspace/base/text_escape.h"

#include <csignal>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

bool any_v1(const std::vector<CgroupDirectory>& cgroups) {
  for (const CgroupDirectory& cgroup : cgroups)
    if (!cgroup.v2) return true;
  return false;
}

std::string clone_hint(int error, std::uint64_t namespaces) {
  if (error == EPERM) return "run as root, or with --userns";
  if (error == EINVAL)
    return fmt::format("this kernel may lack one of these namespaces: {:#x}", namespaces);
  if (error == ENOSPC) return "see the limits in /proc/sys/user";
  if (error == ENOSYS) return "clone3(2) came with Linux 5.3";
  return {};
}

/// Limits that the caller's own privileges do not reach are as good as they can be, said aloud.
Result<void> set_limits(pid_t pid, const Process& process) {
  for (const ResourceLimit& limit : process.rlimits) {
    const rlimit64 wanted{limit.soft, limit.hard};
    if (::prlimit64(pid, static_cast<__rlimit_resource>(limit.resource), &wanted, nullptr) == 0)
      continue;
    const int error = errno;
    auto refusal =
        os_error(error, "set resource limit {} to {}:{}", limit.resource, limit.soft, limit.hard);
    if (error != EPERM) return refusal;
    report_warning(refusal.value());
  }
  if (!process.oom_score_adj) return {};
  auto done = write_file_at(AT_FDCWD, fmt::format("/proc/{}/oom_score_adj", pid),
                            fmt::format("{}", *process.oom_score_adj));
  if (!done && done.error().code != EACCES) return done;
  if (!done) report_warning(done.error());
  return {};
}

Result<void> set_up_from_outside(pid_t pid, const Config& config,
                                 const std::vector<CgroupDirectory>& cgroups) {
  const Linux& os = config.linux_settings;
  if ((os.namespaces & CLONE_NEWUSER) != 0)
    if (auto done = write_id_maps(pid, os.uid_mappings, os.gid_mappings); !done) return done;
  for (const CgroupDirectory& cgroup : cgroups)
    if (!cgroup.v2)
      if (auto done = move_to_cgroup(cgroup, pid); !done) return done;
  return set_limits(pid, config.process);
}

std::string item_of(const ChildMessage& message, const Plan& plan) {
  const auto at = [&](const auto& list, const auto& text) -> std::string {
    return message.item < list.size() ? " " + escape_text(text(list[message.item])) : "";
  };
  const auto itself = [](const std::string& path) { return path; };
  switch (message.step) {
  case Step::mount:
    return at(plan.mounts, [](const PlannedMount& mount) {
      return (mount.kind == PlannedMount::Kind::Bind ? mount.source : mount.type) + " on " +
             mount.destination;
    });
  case Step::device:
    return at(plan.devices, [](const Device& device) { return device.path; });
  case Step::masked_path:
    return at(plan.masked_paths, itself);
  case Step::readonly_path:
    return at(plan.readonly_paths, itself);
  case Step::working_directory:
    return " " + escape_text(plan.process.cwd);
  case Step::user:
    return fmt::format(" {}:{}", plan.process.user.uid, plan.process.user.gid);
  default:
    return {};
  }
}

Error describe_exec_failure(const ChildMessage& message, const Plan& plan) {
  const std::string command = escape_text(plan.process.args.front());
  const std::string& tried =
      plan.executables[message.item < plan.executables.size() ? message.item
                                                              : plan.executables.size() - 1];
  const bool searched = command.find('/') == std::string::npos;
  Error error{
      message.error, fmt::format("cannot execute {}", searched ? escape_text(tried) : command), {}};
  if (message.error == ENOENT && searched && message.item == 0) {
    std::string directories;
    for (const std::string& candidate : plan.executables)
      directories += (directories.empty() ? "" : ":") + candidate.substr(0, candidate.rfind('/'));
    error = {0,
             fmt::format("cannot execute {}: not found in the container's PATH, {}", command,
                         escape_text(directories)),
             {}};
  } else if (message.error == ENOENT) {
    error.hint = "if the file is there, the interpreter that it names is not";
  } else if (message.error == ENOEXEC) {
    error.hint = "it is no program of this machine's kind, or a script without a \"#!\" line";
  } else if (message.error == EACCES) {
    error.hint = "it is a directory, has no execute permission, or lies on a noexec mount";
  }
  return error;
}

std::string hint_for(const ChildMessage& message) {
  if (message.step == Step::root && message.error == ELOOP)
    return "the upper layer would lie inside a lower one: use another --root";
  if (message.error == ELOOP)
    return "the image has a symbolic link there; new file systems and devices go through none";
  if (message.step == Step::root && message.error == EINVAL)
    return "the upper layer may be on a file system that cannot carry one, such as overlay or NFS: "
           "use another --root; the kernel log says more";
  if (message.step == Step::root && message.error == ENODEV)
    return "this kernel has no overlay file system: modprobe overlay";
  if (message.error == EPERM) return "run as root, or see what confines this process";
  return {};
}

} // namespace

Result<InitProcess> clone_init(const Plan& plan, const Config& config,
                               const std::vector<CgroupDirectory>& cgroups) {
  auto channel = make_child_channel();
  if (!channel) return tl::unexpected(std::move(channel).error());
  // Only when every cgroup is joined by then may the namespace be made here: what it shows as its
  // root is where the process is when it is made.
  const bool child_makes_cgroup_namespace =
      (plan.namespaces & CLONE_NEWCGROUP) != 0 && any_v1(cgroups);

  clone_args args{};
  args.flags = plan.namespaces | CLONE_PIDFD;
  if (child_makes_cgroup_namespace) args.flags &= ~std::uint64_t{CLONE_NEWCGROUP};
  args.exit_signal = SIGCHLD;
  int pidfd = -1;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  UniqueFd cgroup;
  if (!cgroups.empty() && cgroups.front().v2) {
    auto opened = open_cgroup(cgroups.front());
    if (!opened) return tl::unexpected(std::move(opened).error());
    cgroup = std::move(*opened);
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup.get());
  }

  const ChildSettings settings{channel->child.get(), child_makes_cgroup_namespace,
                               ::geteuid() == 0 || (plan.namespaces & CLONE_NEWUSER) == 0};
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    ::close(channel->parent.get()); // else the parent's death would never end the stream
    run_child(plan, settings);
  }
  if (pid < 0) {
    const int error = errno;
    return with_hint(os_error(error, "clone3 the container's first process"),
                     clone_hint(error, args.flags & ~std::uint64_t{CLONE_PIDFD}));
  }
  InitProcess init{static_cast<pid_t>(pid), UniqueFd(pidfd), std::move(channel->parent)};
  channel->child.reset();
  if (auto done = set_up_from_outside(init.pid, config, cgroups); !done) {
    ::kill(init.pid, SIGKILL);
    (void)wait_for(init);
    return tl::unexpected(std::move(done).error());
  }
  return init;
}

Result<Setup> finish_setup(const InitProcess& init) {
  Setup setup;
  if (auto done = send_go(init.channel.get()); !done)
    return tl::unexpected(std::move(done).error());
  bool ready = false;
  for (;;) {
    auto message = receive_message(init.channel.get(), setup.terminal);
    if (!message) return tl::unexpected(std::move(message).error());
    if (!*message) break;
    if ((*message)->kind == ChildMessage::Kind::Ready) ready = true;
    if ((*message)->kind == ChildMessage::Kind::Failed) setup.failed = **message;
  }
  setup.command_runs = ready && !setup.failed;
  return setup;
}

Error describe_failure(const ChildMessage& message, const Plan& plan) {
  if (message.step == Step::exec) return describe_exec_failure(message, plan);
  return {message.error,
          fmt::format("cannot {}{}: {}", step_words(message.step), item_of(message, plan),
                      message.call),
          hint_for(message)};
}

std::optional<int> shell_status(const ChildMessage& message) {
  if (message.step != Step::exec) return std::nullopt;
  return message.error == ENOENT || message.error == ENOTDIR ? 127 : 126;
}

Result<int> wait_for(const InitProcess& init) {
  int status = 0;
  pid_t waited = 0;
  do
    waited = ::waitpid(init.pid, &status, __WALL);
  while (waited < 0 && errno == EINTR);
  if (waited < 0) return os_error(errno, "wait for the container's first process");
  return status;
}

} // namespace vitrine::oci
