// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/cgroup_layout.h"

#include "userspace/kernel/mountinfo.h"

#include <gtest/gtest.h>

namespace vitrine::kernel {
namespace {

const std::string kData = std::string(VITRINE_SOURCE_DIR) + "/tests/data/cgroup/";

std::vector<std::string> places(const CgroupLayout& layout) {
  std::vector<std::string> out;
  for (const CgroupHierarchy& hierarchy : layout.hierarchies)
    out.push_back(hierarchy.mount_point);
  return out;
}

TEST(CgroupLayout, HybridHasV1ControllersAndABareV2) {
  const auto layout = read_cgroup_layout(kData + "hybrid");
  ASSERT_TRUE(layout.has_value()) << layout.error().message();
  EXPECT_EQ(layout->mode, CgroupMode::Hybrid);
  EXPECT_EQ(layout->with_controller("memory")->mount_point, "/sys/fs/cgroup/memory");
  EXPECT_EQ(layout->with_controller("cpuacct")->mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout->with_controller("hugetlb"), layout->unified());
  EXPECT_EQ(layout->with_controller("rdma"), nullptr);
}

TEST(CgroupLayout, V2OffersWhatItsRootSays) {
  const auto layout = read_cgroup_layout(kData + "v2");
  ASSERT_TRUE(layout.has_value()) << layout.error().message();
  EXPECT_EQ(layout->mode, CgroupMode::V2);
  EXPECT_EQ(layout->unified()->controllers,
            (std::vector<std::string>{"cpuset", "cpu", "io", "memory", "pids"}));
}

TEST(CgroupLayout, V1KnowsNamedHierarchies) {
  const auto layout = read_cgroup_layout(kData + "v1");
  ASSERT_TRUE(layout.has_value()) << layout.error().message();
  EXPECT_EQ(layout->mode, CgroupMode::V1);
  ASSERT_EQ(layout->hierarchies.size(), 2U);
  EXPECT_EQ(layout->hierarchies[0].name, "systemd");
  EXPECT_TRUE(layout->hierarchies[0].controllers.empty());
  EXPECT_EQ(layout->unified(), nullptr);
}

TEST(CgroupLayout, AMountOnTopHidesWhatIsBelow) {
  const auto mounts = parse_mountinfo("22 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
                                      "31 22 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                                      "40 22 0:37 / /sys/fs/cgroup rw - cgroup2 none rw\n");
  ASSERT_TRUE(mounts.has_value());
  const CgroupLayout layout = cgroup_layout_of(*mounts);
  EXPECT_EQ(layout.mode, CgroupMode::V2);
  EXPECT_EQ(places(layout), std::vector<std::string>{"/sys/fs/cgroup"});
}

TEST(CgroupLayout, AHierarchyMountedTwiceCountsOnce) {
  const auto mounts = parse_mountinfo("31 22 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                                      "50 22 0:28 / /other/cpu rw - cgroup cgroup rw,cpu\n");
  ASSERT_TRUE(mounts.has_value());
  EXPECT_EQ(places(cgroup_layout_of(*mounts)), std::vector<std::string>{"/sys/fs/cgroup/cpu"});
}

TEST(CgroupLayout, NoneIsNoError) {
  EXPECT_EQ(cgroup_layout_of({}).mode, CgroupMode::None);
  EXPECT_EQ(cgroup_mode_name(CgroupMode::None), "none");
}

TEST(Mountinfo, ReadsEveryField) {
  const auto mounts = parse_mountinfo(
      "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:7 master:1 propagate_from:3 - ext3 "
      "/dev/root rw,errors=continue\n");
  ASSERT_TRUE(mounts.has_value()) << mounts.error().message();
  const MountInfo& mount = mounts->front();
  EXPECT_EQ(mount.id, 36U);
  EXPECT_EQ(mount.parent_id, 35U);
  EXPECT_EQ(mount.device_major, 98U);
  EXPECT_EQ(mount.mount_point, "/mnt 2");
  EXPECT_EQ(mount.peer_group, 7U);
  EXPECT_EQ(mount.master_group, 1U);
  EXPECT_EQ(mount.propagate_from, 3U);
  EXPECT_EQ(mount.type, "ext3");
  EXPECT_EQ(mount.super_options, "rw,errors=continue");
}

TEST(Mountinfo, NamesTheLineItDoesNotUnderstand) {
  for (const char* line : {"x", "1 2 3 / / rw - t s o", "1 2 0:1 / / rw shared:1", "1 2 0:1"})
    EXPECT_FALSE(parse_mountinfo(line).has_value()) << line;
}

TEST(Mountinfo, OctalEscapesAreUndone) {
  EXPECT_EQ(unescape_octal("a\\040b\\134\\011\\012"), "a b\\\t\n");
  EXPECT_EQ(unescape_octal("\\04"), "\\04");
  EXPECT_EQ(unescape_octal("\\999"), "\\999");
}

} // namespace
} // namespace vitrine::kernel
