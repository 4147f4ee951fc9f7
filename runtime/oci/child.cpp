// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/child.h"

#include "runtime/oci/child_channel.h"
#include "runtime/oci/steps/credentials.h"
#include "runtime/oci/steps/device.h"
#include "runtime/oci/steps/exec.h"
#include "runtime/oci/steps/mask.h"
#include "runtime/oci/steps/mount.h"
#include "runtime/oci/steps/namespace.h"
#include "runtime/oci/steps/rootfs.h"
#include "runtime/oci/steps/terminal.h"
#include "userspace/base/in_root.h"

#include <csignal>

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

class Child {
public:
  Child(const Plan& plan, const ChildSettings& settings) : plan_(plan), settings_(settings) {}

  void enter_namespaces() noexcept {
    if (has(CLONE_NEWUSER))
      check(Step::user_namespace, become_namespace_root(settings_.may_set_groups));
    if (settings_.make_cgroup_namespace) check(Step::cgroup_namespace, make_cgroup_namespace());
    check(Step::keyring, join_session_keyring(plan_.id.c_str()));
    if (!plan_.hostname.empty()) check(Step::hostname, set_host_name(plan_.hostname));
    if (!plan_.domainname.empty()) check(Step::domainname, set_domain_name(plan_.domainname));
    if (has(CLONE_NEWNET)) check(Step::loopback, bring_up_loopback());
  }

  void build_tree() noexcept {
    ::umask(0); // modes are meant as written
    check(Step::propagation, stop_propagation(plan_.root_propagation));
    check(Step::root, mount_root(plan_.root, root_));
    const int root = root_.get();
    check(Step::mount, make_mounts(root, plan_.mounts));
    check(Step::device, make_devices(root, plan_.devices, plan_.bind_devices));
    if (plan_.process.terminal)
      check(Step::terminal, open_terminal(root, plan_.process, settings_.channel));
    check(Step::masked_path, mask_paths(root, plan_.masked_paths));
    check(Step::readonly_path, make_paths_read_only(root, plan_.readonly_paths));
    check(Step::working_directory, make_working_directory());
    if (plan_.root.readonly)
      check(Step::readonly_root, set_mount_attributes(root, MOUNT_ATTR_RDONLY, false));
    check(Step::pivot_root, pivot_root_to(root));
  }

  void lower_privileges() noexcept {
    const Process& process = plan_.process;
    const Capabilities capabilities = process.capabilities.value_or(Capabilities{});
    const char* cwd = process.cwd.c_str();
    // A directory that only root may enter, or only the user: both are tried.
    const Outcome as_root = enter_directory(cwd);
    check(Step::capability, limit_bounding_set(capabilities.bounding));
    check(Step::user, become_user(process.user, settings_.may_set_groups));
    if (!as_root.ok()) check(Step::working_directory, enter_directory(cwd));
    check(Step::capability, set_capabilities(capabilities));
    // Changed credentials have cleared it (prctl(2)).
    die_with_parent();
    if (process.no_new_privileges) check(Step::no_new_privileges, forbid_new_privileges());
  }

  [[noreturn]] void run_command() noexcept {
    check(Step::descriptors, close_descriptors_on_exec());
    send_ready(settings_.channel);
    check(Step::exec, execute(plan_));
    ::_exit(1);
  }

  void wait_for_parent() noexcept {
    die_with_parent();
    if (!wait_for_go(settings_.channel)) ::_exit(1);
  }

private:
  [[nodiscard]] bool has(std::uint64_t flag) const noexcept {
    return (plan_.namespaces & flag) != 0;
  }

  void check(Step step, const Outcome& outcome) noexcept {
    if (outcome.ok()) return;
    send_failure(settings_.channel, step, outcome);
    ::_exit(1);
  }

  void die_with_parent() noexcept { ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

  Outcome make_working_directory() noexcept {
    const UniqueFd made(make_directory_in_root(root_.get(), plan_.process.cwd.c_str()));
    // On a read-only tree it cannot be made; entering it will tell.
    return made.valid() || errno == EROFS || errno == EACCES || errno == EPERM ? Outcome{}
                                                                               : refused("mkdirat");
  }

  const Plan& plan_;
  const ChildSettings& settings_;
  UniqueFd root_;
};

/// Dispositions and masks are inherited through execve(2): the command gets them as from a shell.
void reset_signals() noexcept {
  struct sigaction ordinary {};
  ordinary.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    ::sigaction(number, &ordinary, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace

void run_child(const Plan& plan, const ChildSettings& settings) noexcept {
  Child child(plan, settings);
  child.wait_for_parent();
  // A session of its own: the caller's terminal is not its controlling one, so that TIOCSTI cannot
  // push keys into it (CVE-2017-5226), and the terminal's signals reach it only through us.
  ::setsid();
  reset_signals();
  child.enter_namespaces();
  child.build_tree();
  child.lower_privileges();
  child.run_command();
}

} // namespace vitrine::oci
