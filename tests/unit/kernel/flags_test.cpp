// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/flags.h"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/mount.h>

namespace vitrine::kernel {
namespace {

TEST(FlagsText, JoinsNamesAndShowsUnknownBitsInHexadecimal) {
  EXPECT_EQ(flags_text(kCloneFlags, 0x20020000), "CLONE_NEWNS|CLONE_NEWPID");
  EXPECT_EQ(flags_text(kCloneFlags, 0x80000020000), "CLONE_NEWNS|0x80000000000");
  EXPECT_EQ(flags_text(kFsopenFlags, 0x6), "0x6");
  EXPECT_EQ(flags_text(kMountFlags, 0), "0");
}

TEST(FlagsText, NewTimeIsAFlagAlthoughItSharesBitsWithTheExitSignal) {
  EXPECT_EQ(flags_text(kCloneFlags, 0x80), "CLONE_NEWTIME");
}

TEST(FlagsText, FlagsAbove32BitsHaveNames) {
  EXPECT_EQ(flags_text(kCloneFlags, 0x300000000), "CLONE_CLEAR_SIGHAND|CLONE_INTO_CGROUP");
}

TEST(FlagsText, AccessTimeOfAMountIsOneNumber) {
  EXPECT_EQ(flags_text(kMountAttributes, 0x10), "MOUNT_ATTR_NOATIME");
  EXPECT_EQ(flags_text(kMountAttributes, 0x21), "MOUNT_ATTR_RDONLY|MOUNT_ATTR_STRICTATIME");
  EXPECT_EQ(flags_text(kMountAttributes, 0x70), "MOUNT_ATTR__ATIME");
  EXPECT_EQ(flags_text(kMountAttributes, 0x30), "0x30") << "no such way to keep access times";
}

TEST(FlagsText, MagicOfOldMountProgramsIsNotTakenForFlags) {
  EXPECT_EQ(flags_text(kMountFlags, 0xc0ed0001), "MS_MGC_VAL|MS_RDONLY");
  EXPECT_EQ(flags_text(kMountFlags, 0x44000), "MS_REC|MS_PRIVATE");
}

TEST(FlagsText, OpenTreeTakesAtFlagsToo) {
  EXPECT_EQ(flags_text(kOpenTreeFlags, 0x89001),
            "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH|AT_RECURSIVE");
}

TEST(FlagNames, AreSeparate) {
  EXPECT_EQ(flag_names(kUmountFlags, 0x12), (std::vector<std::string>{"MNT_DETACH", "0x10"}));
  EXPECT_TRUE(flag_names(kUmountFlags, 0).empty());
}

TEST(EnumText, NamesTheValueOrShowsIt) {
  EXPECT_EQ(enum_text(kFsconfigCommands, 0), "FSCONFIG_SET_FLAG");
  EXPECT_EQ(enum_text(kPrctlOperations, 999), "0x3e7");
  EXPECT_EQ(enum_name(kPrctlOperations, 999), "");
}

TEST(SignalText, RealTimeSignalsAreNumbers) {
  EXPECT_EQ(signal_text(9), "SIGKILL");
  EXPECT_EQ(signal_text(34), "34");
}

TEST(CapabilityText, NumbersBeyondASetAreNumbers) {
  EXPECT_EQ(capability_text(21), "CAP_SYS_ADMIN");
  EXPECT_EQ(capability_text(63), "63");
  EXPECT_EQ(capability_text(64), "64");
}

TEST(FlagSets, NoNameAndNoValueTwice) {
  for (const FlagSet set :
       {kCloneFlags,      kMountFlags,      kUmountFlags,       kAtFlags,       kFsopenFlags,
        kFsmountFlags,    kFspickFlags,     kMountAttributes,   kOpenTreeFlags, kMoveMountFlags,
        kMntFlags,        kSeccompFlags,    kSecurebits,        kCapabilities,  kFsconfigCommands,
        kPrctlOperations, kPrctlCapAmbient, kSeccompOperations, kSeccompModes,  kSignals,
        kNamespaceKinds,  kWitnesses,       kKernelErrnos}) {
    std::set<std::string_view> names;
    std::set<std::uint64_t> values;
    for (const FlagName& flag : set) {
      EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
      EXPECT_TRUE(values.insert(flag.value).second) << flag.name;
      EXPECT_EQ(flag.value & ~flag.mask, 0U) << flag.name;
    }
    EXPECT_FALSE(set.empty());
  }
}

/// A 32-bit flag such as 1 << 31 is a negative int in the headers.
template<class T>
std::uint64_t bits_of(T value) {
  return sizeof value == 4 ? static_cast<std::uint32_t>(value) : static_cast<std::uint64_t>(value);
}

// Made of flags/*.inc: for each name that is a macro here, its value in our table and in the
// headers.
TEST(FlagSets, AgreeWithTheHeadersOfThisMachine) {
  int compared = 0;
#define HEADER_FLAG(name, value)                                                                   \
  EXPECT_EQ(bits_of(name), bits_of(value)) << #name;                                               \
  ++compared;
#include "flags_in_headers.inc"
#undef HEADER_FLAG
  EXPECT_GT(compared, 200);
}

} // namespace
} // namespace vitrine::kernel
