// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/flags.h"

#include <fmt/format.h>

namespace vitrine::kernel {
namespace {

#define FLAG(name, value) {#name, value, value},
#define FIELD(name, value, mask) {#name, value, mask},
#define CAPABILITY(name, number) {#name, 1ULL << (number), 1ULL << (number)},

// clang-format off
constexpr FlagName kClone[] = {
#include "userspace/kernel/flags/clone.inc"
};
constexpr FlagName kMount[] = {
#include "userspace/kernel/flags/mount.inc"
};
constexpr FlagName kUmount[] = {
#include "userspace/kernel/flags/umount.inc"
};
constexpr FlagName kAt[] = {
#include "userspace/kernel/flags/at.inc"
};
constexpr FlagName kFsopen[] = {
#include "userspace/kernel/flags/fsopen.inc"
};
constexpr FlagName kFsmount[] = {
#include "userspace/kernel/flags/fsmount.inc"
};
constexpr FlagName kFspick[] = {
#include "userspace/kernel/flags/fspick.inc"
};
constexpr FlagName kMountAttr[] = {
#include "userspace/kernel/flags/mount_attr.inc"
};
constexpr FlagName kOpenTree[] = {
#include "userspace/kernel/flags/open_tree.inc"
#include "userspace/kernel/flags/at.inc"
};
constexpr FlagName kMoveMount[] = {
#include "userspace/kernel/flags/move_mount.inc"
};
constexpr FlagName kMnt[] = {
#include "userspace/kernel/flags/mnt.inc"
};
constexpr FlagName kSeccomp[] = {
#include "userspace/kernel/flags/seccomp.inc"
};
constexpr FlagName kSecurebit[] = {
#include "userspace/kernel/flags/securebits.inc"
};
constexpr FlagName kCapability[] = {
#include "userspace/kernel/flags/capability.inc"
};
constexpr FlagName kFsconfig[] = {
#include "userspace/kernel/flags/fsconfig.inc"
};
constexpr FlagName kPrctl[] = {
#include "userspace/kernel/flags/prctl.inc"
};
constexpr FlagName kCapAmbient[] = {
#include "userspace/kernel/flags/prctl_cap_ambient.inc"
};
constexpr FlagName kSeccompOperation[] = {
#include "userspace/kernel/flags/seccomp_operation.inc"
};
constexpr FlagName kSeccompMode[] = {
#include "userspace/kernel/flags/seccomp_mode.inc"
};
constexpr FlagName kSignal[] = {
#include "userspace/kernel/flags/signal.inc"
};
constexpr FlagName kNamespaceKind[] = {
#include "userspace/kernel/flags/namespace_kind.inc"
};
constexpr FlagName kWitness[] = {
#include "userspace/kernel/flags/witness.inc"
};
constexpr FlagName kKernelErrno[] = {
#include "userspace/kernel/flags/kernel_errno.inc"
};
// clang-format on

#undef FLAG
#undef FIELD
#undef CAPABILITY

} // namespace

constinit const FlagSet kCloneFlags = kClone;
constinit const FlagSet kMountFlags = kMount;
constinit const FlagSet kUmountFlags = kUmount;
constinit const FlagSet kAtFlags = kAt;
constinit const FlagSet kFsopenFlags = kFsopen;
constinit const FlagSet kFsmountFlags = kFsmount;
constinit const FlagSet kFspickFlags = kFspick;
constinit const FlagSet kMountAttributes = kMountAttr;
constinit const FlagSet kOpenTreeFlags = kOpenTree;
constinit const FlagSet kMoveMountFlags = kMoveMount;
constinit const FlagSet kMntFlags = kMnt;
constinit const FlagSet kSeccompFlags = kSeccomp;
constinit const FlagSet kSecurebits = kSecurebit;
constinit const FlagSet kCapabilities = kCapability;
constinit const FlagSet kFsconfigCommands = kFsconfig;
constinit const FlagSet kPrctlOperations = kPrctl;
constinit const FlagSet kPrctlCapAmbient = kCapAmbient;
constinit const FlagSet kSeccompOperations = kSeccompOperation;
constinit const FlagSet kSeccompModes = kSeccompMode;
constinit const FlagSet kSignals = kSignal;
constinit const FlagSet kNamespaceKinds = kNamespaceKind;
constinit const FlagSet kWitnesses = kWitness;
constinit const FlagSet kKernelErrnos = kKernelErrno;

std::vector<std::string> flag_names(FlagSet set, std::uint64_t bits) {
  std::vector<std::string> names;
  for (const FlagName& flag : set) {
    if (flag.value == 0 || (bits & flag.mask) != flag.value) continue;
    names.emplace_back(flag.name);
    bits &= ~flag.mask;
  }
  if (bits != 0) names.push_back(fmt::format("{:#x}", bits));
  return names;
}

std::string flags_text(FlagSet set, std::uint64_t bits) {
  if (bits == 0) return "0";
  return fmt::format("{}", fmt::join(flag_names(set, bits), "|"));
}

std::string_view enum_name(FlagSet set, std::uint64_t value) {
  for (const FlagName& entry : set)
    if (entry.value == value) return entry.name;
  return {};
}

std::string enum_text(FlagSet set, std::uint64_t value) {
  const std::string_view name = enum_name(set, value);
  return name.empty() ? fmt::format("{:#x}", value) : std::string(name);
}

std::string signal_text(std::uint64_t number) {
  const std::string_view name = enum_name(kSignals, number);
  return name.empty() ? fmt::format("{}", number) : std::string(name);
}

std::string capability_text(std::uint64_t number) {
  const std::string_view name =
      number < 64 ? enum_name(kCapabilities, std::uint64_t{1} << number) : std::string_view();
  return name.empty() ? fmt::format("{}", number) : std::string(name);
}

} // namespace vitrine::kernel
