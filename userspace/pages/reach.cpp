// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/reach.h"

#include "userspace/kernel/capability_sets.h"
#include "userspace/pages/reach_mounts.h"
#include "userspace/query/usage.h"

#include <algorithm>

namespace vitrine::pages {
namespace {

using namespace kernel; // kCAP_*
using objects::Container;
using objects::NamespaceKind;
using objects::Process;
using objects::Sharing;
using output::Ink;

bool shares_with_host(const Container& container, NamespaceKind kind) {
  return std::ranges::any_of(container.namespaces, [&](const objects::ContainerNamespace& space) {
    return space.id.kind == kind && space.sharing == Sharing::host;
  });
}

struct HostNamespace {
  NamespaceKind kind;
  std::string_view sentence;
};
constexpr HostNamespace kHostNamespaces[] = {
    {NamespaceKind::mnt, "It sees the host's mounts: it has no mount namespace of its own."},
    {NamespaceKind::pid, "It sees every process of the host, and may signal those of its user."},
    {NamespaceKind::net, "It uses the host's network: interfaces, ports, abstract unix sockets."},
    {NamespaceKind::ipc, "It can use the host's System V and POSIX message queues and shared "
                         "memory."},
};

/// Capabilities in the host's user namespace that lead out of a container.
struct Power {
  CapabilityNumber capability;
  Ink ink;
  std::string_view sentence;
};
constexpr Power kPowers[] = {
    {kCAP_SYS_ADMIN, Ink::bad, "SYS_ADMIN: it can mount file systems and much else of root's."},
    {kCAP_SYS_MODULE, Ink::bad, "SYS_MODULE: it can load modules into the host's kernel."},
    {kCAP_SYS_RAWIO, Ink::bad, "SYS_RAWIO: it can do I/O past the kernel."},
    {kCAP_DAC_READ_SEARCH, Ink::bad,
     "DAC_READ_SEARCH: it can open any file of a file system it sees a part of, by handle."},
    {kCAP_BPF, Ink::warning, "BPF: it can load BPF programs."},
    {kCAP_PERFMON, Ink::warning, "PERFMON: it can watch the whole system's performance counters."},
    {kCAP_SYS_BOOT, Ink::warning, "SYS_BOOT: it can load another kernel, or reboot."},
    {kCAP_SYS_TIME, Ink::warning, "SYS_TIME: it can set the host's clock."},
    {kCAP_SYSLOG, Ink::warning, "SYSLOG: it can read the kernel's log and addresses."},
};

void add_powers(std::vector<Reach>& reaches, const Container& container, std::uint64_t bits) {
  if ((bits & kAllCapabilities) == kAllCapabilities) {
    reaches.push_back({Ink::bad, "It is privileged: it has all capabilities over the host."});
    return;
  }
  for (const Power& power : kPowers)
    if (bits & capability_bit(power.capability))
      reaches.push_back({power.ink, std::string(power.sentence)});
  if ((bits & capability_bit(kCAP_NET_ADMIN)) && shares_with_host(container, NamespaceKind::net))
    reaches.push_back({Ink::bad, "NET_ADMIN: it can change the host's network."});
  if ((bits & capability_bit(kCAP_SYS_PTRACE)) && shares_with_host(container, NamespaceKind::pid))
    reaches.push_back({Ink::bad, "SYS_PTRACE: it can read and change the host's processes."});
}

void add_capabilities(std::vector<Reach>& reaches, const Container& container,
                      const Process& init) {
  if (!init.credentials) {
    reaches.push_back({Ink::warning, "Which capabilities it has is unknown."});
    return;
  }
  // What its programs can come to have: of the bounding set only root gets anything by exec.
  const objects::Credentials& credentials = *init.credentials;
  const std::uint64_t bits = credentials.effective.bits | credentials.permitted.bits;
  if (!shares_with_host(container, NamespaceKind::user)) {
    if (bits != 0)
      reaches.push_back(
          {Ink::plain, "Its capabilities count in its own user namespace, not on the host."});
    return;
  }
  add_powers(reaches, container, bits);
  if (credentials.effective_uid == 0)
    reaches.push_back({Ink::plain, "It has no user namespace of its own: its root is the host's "
                                   "root wherever it reaches the host's files."});
}

void add_confinement(std::vector<Reach>& reaches, const Process& init) {
  if (!init.seccomp)
    reaches.push_back({Ink::warning, "Whether its system calls are filtered is unknown."});
  else if (*init.seccomp == objects::SeccompMode::disabled)
    reaches.push_back({Ink::warning, "No seccomp: it may make every system call."});
  if (init.lsm_label && init.lsm_label->starts_with("unconfined"))
    reaches.push_back({Ink::warning, "No profile of a security module confines it."});
}

void add_limits(std::vector<Reach>& reaches, const Container& container,
                const query::Lookup& lookup) {
  const objects::CgroupState state = query::usage_of(container, lookup);
  if (state.memory_max_bytes && !state.memory_max_bytes->value)
    reaches.push_back({Ink::plain, "It may use all memory of the host."});
  if (state.pids_max && !state.pids_max->value)
    reaches.push_back({Ink::plain, "It may start as many processes as the host can have."});
}

int severity(const Reach& reach) {
  return reach.ink == Ink::bad ? 0 : reach.ink == Ink::warning ? 1 : 2;
}

} // namespace

std::vector<Reach> reach_of(const Container& container, const query::Lookup& lookup) {
  std::vector<Reach> reaches;
  for (const HostNamespace& host : kHostNamespaces)
    if (shares_with_host(container, host.kind))
      reaches.push_back({Ink::bad, std::string(host.sentence)});
  const Process* init = container.init ? lookup.find<Process>(*container.init) : nullptr;
  if (init != nullptr) {
    add_capabilities(reaches, container, *init);
    add_confinement(reaches, *init);
  } else if (container.init) {
    reaches.push_back({Ink::warning, "What its processes may do is unknown."});
  }
  add_mounts(reaches, container, lookup);
  add_limits(reaches, container, lookup);
  std::ranges::stable_sort(reaches, {}, severity);
  return reaches;
}

} // namespace vitrine::pages
