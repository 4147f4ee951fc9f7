// SPDX-License-Identifier: Apache-2.0
#include "userspace/inspector/inspector.h"

#include "tests/unit/sources/census/proc_tree.h"

#include <gtest/gtest.h>

namespace vitrine::inspector {
namespace {

using objects::NamespaceKind;

/// A made host with one process, whose mount namespace is mnt:[4026532003].
class MadeHost : public ::testing::Test {
protected:
  MadeHost() {
    tree_.add_task("proc/20", 20, "sleep");
    tree_.write("proc/20/mountinfo",
                "2 1 0:1 / / rw - ext4 /dev/r rw\n"
                "3 2 0:4 net:[4026539000] /run/netns/blue rw - nsfs nsfs rw\n");
    tree_.write("proc/self/mountinfo", "2 1 0:1 / /sys/fs/cgroup rw - cgroup2 c rw\n");
    tree_.write("sys/fs/cgroup/cgroup.controllers", "cpu\n");
    tree_.write("proc/sys/kernel/hostname", "vitrine\n");
    tree_.write("proc/sys/kernel/osrelease", "6.1.0\n");
    tree_.write("proc/sys/kernel/random/boot_id", "b00t\n");
  }

  [[nodiscard]] objects::Snapshot take(const Tables& tables) const {
    auto inspector = Inspector::open({tree_.path(), census::IteratorUse::never, false});
    if (!inspector) {
      ADD_FAILURE() << inspector.error().message();
      return {};
    }
    auto snapshot = inspector->take(tables);
    if (!snapshot) {
      ADD_FAILURE() << snapshot.error().message();
      return {};
    }
    return *std::move(snapshot);
  }

  census::ProcTree tree_;
};

TEST_F(MadeHost, IsDescribed) {
  const objects::Snapshot snapshot = take({});
  EXPECT_EQ(snapshot.host.hostname, "vitrine");
  EXPECT_EQ(snapshot.host.kernel, "6.1.0");
  EXPECT_EQ(snapshot.host.boot_id, "b00t");
  EXPECT_EQ(snapshot.host.cgroup_mode, "v2");
  EXPECT_FALSE(snapshot.host.arch.empty());
  EXPECT_EQ(snapshot.generated_at.size(), std::string("2026-08-23T01:38:03.000000042Z").size());
}

TEST_F(MadeHost, HasOnlyTheTablesThatAreWanted) {
  const objects::Snapshot none = take({});
  EXPECT_FALSE(none.processes || none.namespaces || none.mounts);
  const objects::Snapshot mounts = take({.mounts = true});
  EXPECT_FALSE(mounts.processes || mounts.namespaces);
  ASSERT_TRUE(mounts.mounts.has_value());
  EXPECT_EQ(mounts.mounts->size(), 2U);
  const objects::Snapshot processes = take({.processes = true});
  EXPECT_FALSE(processes.mounts || processes.namespaces);
  ASSERT_TRUE(processes.processes.has_value());
  EXPECT_EQ(processes.processes->size(), 1U);
}

TEST_F(MadeHost, JoinsWhatItsSourcesSaw) {
  const objects::Snapshot snapshot = take({.namespaces = true});
  const auto* hidden =
      find(snapshot.namespaces, objects::NamespaceId{NamespaceKind::net, 4026539000});
  ASSERT_NE(hidden, nullptr);
  ASSERT_EQ(hidden->kept_alive_by.size(), 1U);
  EXPECT_EQ(hidden->kept_alive_by.front().release, "nsenter -t 20 -m umount /run/netns/blue");
  EXPECT_EQ(snapshot.sources, (std::vector<std::string>{"/proc", "ioctl_ns", "/proc/PID/mountinfo"}));
}

TEST(Inspector, NeedsAHost) {
  EXPECT_FALSE(Inspector::open({"/nonexistent", census::IteratorUse::never, false}).has_value());
}

} // namespace
} // namespace vitrine::inspector
