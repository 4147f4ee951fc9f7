// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::kernel {

/// One name of a flag set. A bit: mask and value are equal. One value of a number of several bits:
/// mask covers the number.
struct FlagName {
  std::string_view name;
  std::uint64_t value;
  std::uint64_t mask;
};

/// The names of one family of flags or of one enumeration: flags/*.inc, one family a file. Our own
/// values: the headers of the machine that builds may be older than the kernel that is watched.
using FlagSet = std::span<const FlagName>;

extern const FlagSet kCloneFlags;
extern const FlagSet kMountFlags;
extern const FlagSet kUmountFlags;
extern const FlagSet kAtFlags;
extern const FlagSet kFsopenFlags;
extern const FlagSet kFsmountFlags;
extern const FlagSet kFspickFlags;
extern const FlagSet kMountAttributes;
extern const FlagSet kOpenTreeFlags; ///< with the AT_* that open_tree(2) takes
extern const FlagSet kMoveMountFlags;
extern const FlagSet kMntFlags; ///< the kernel's own flags of a mount
extern const FlagSet kSeccompFlags;
extern const FlagSet kSecurebits;
extern const FlagSet kCapabilities; ///< bit N is capability N

extern const FlagSet kFsconfigCommands;
extern const FlagSet kPrctlOperations;
extern const FlagSet kPrctlCapAmbient;
extern const FlagSet kSeccompOperations;
extern const FlagSet kSeccompModes;
extern const FlagSet kSignals;
extern const FlagSet kNamespaceKinds; ///< vitrine_namespace_kind
extern const FlagSet kWitnesses;      ///< vitrine_witness
extern const FlagSet kKernelErrnos;

/// The names of the bits of `bits`, then bits without a name as one hexadecimal number. Empty:
/// none.
[[nodiscard]] std::vector<std::string> flag_names(FlagSet set, std::uint64_t bits);

/// The same joined as C would: "CLONE_NEWNS|CLONE_NEWPID|0x80000000000"; "0" for none.
[[nodiscard]] std::string flags_text(FlagSet set, std::uint64_t bits);

/// The name of one value of an enumeration; empty when it has none.
[[nodiscard]] std::string_view enum_name(FlagSet set, std::uint64_t value);

/// The same, with a value that has no name in hexadecimal.
[[nodiscard]] std::string enum_text(FlagSet set, std::uint64_t value);

/// "SIGKILL"; real-time signals and numbers without a name in decimal.
[[nodiscard]] std::string signal_text(std::uint64_t number);

/// "CAP_SYS_ADMIN"; a number that this program has no name for in decimal.
[[nodiscard]] std::string capability_text(std::uint64_t number);

} // namespace vitrine::kernel
