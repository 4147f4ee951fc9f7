// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/mount_namespace.h"

#include "userspace/sources/mounts/propagation.h"

#include <gtest/gtest.h>

namespace vitrine::mounts {
namespace {

using Texts = std::vector<std::string>;

TEST(MountNamespace, HasEachLineAsAMount) {
  const auto mounts = mounts_of(9, "36 1 98:0 /in /mnt\\0402 rw,noatime shared:7 master:1 "
                                   "unbindable - ext3 /dev/r rw,x=a\\054b\n"
                                   "37 36 0:4 net:[4026532001] /run/n rw - nsfs nsfs rw\n");
  ASSERT_TRUE(mounts.has_value()) << mounts.error().message();
  const objects::Mount& first = mounts->front();
  EXPECT_EQ(first.id, (objects::MountId{9, 36}));
  EXPECT_EQ(first.parent, std::nullopt);
  EXPECT_EQ(first.mount_point, "/mnt 2");
  EXPECT_EQ(first.root, "/in");
  EXPECT_EQ(first.device_major, 98U);
  EXPECT_EQ(first.options, (Texts{"rw", "noatime"}));
  EXPECT_EQ(first.super_options, (Texts{"rw", "x=a,b"}));
  EXPECT_EQ(first.peer_group, 7U);
  EXPECT_EQ(first.master_group, 1U);
  EXPECT_TRUE(first.unbindable);
  EXPECT_EQ(first.namespace_file, std::nullopt);
  EXPECT_EQ(mounts->back().parent, first.id);
  EXPECT_EQ(mounts->back().namespace_file,
            (objects::NamespaceId{objects::NamespaceKind::net, 4026532001}));
}

TEST(MountNamespace, KeepsMountPointsAsBytes) {
  const auto mounts = mounts_of(9, "1 0 0:1 / /\xff\\012\xe2\x80\xae rw - tmpfs t rw\n");
  ASSERT_TRUE(mounts.has_value());
  EXPECT_EQ(mounts->front().mount_point, "/\xff\n\xe2\x80\xae");
}

TEST(MountNamespace, KnowsWhatOverlaysAreStackedOf) {
  const auto mounts = mounts_of(
      9, "1 0 0:39 / / rw - overlay o rw,lowerdir=/l\\134:1:/l2,upperdir=/u,workdir=/w\n");
  ASSERT_TRUE(mounts.has_value());
  const auto& overlay = mounts->front().overlay;
  ASSERT_TRUE(overlay.has_value());
  EXPECT_EQ(overlay->lower, (Texts{"/l:1", "/l2"}));
  EXPECT_EQ(overlay->upper, "/u");
  EXPECT_EQ(overlay->work, "/w");
  EXPECT_TRUE(overlay->lower_layers.empty());
}

TEST(MountNamespace, SaysWhichLineItDoesNotUnderstand) {
  EXPECT_FALSE(mounts_of(9, "1 0 0:1 / / rw - tmpfs t rw\nx\n").has_value());
}

std::vector<objects::Mount> roots(const char* mountinfo) {
  auto mounts = mounts_of(9, mountinfo);
  EXPECT_TRUE(mounts.has_value());
  leave_out_first_root(*mounts);
  finish(*mounts);
  return *mounts;
}

TEST(MountNamespace, BeginsWithTheRootOverTheFirstOne) {
  const auto mounts = roots("1 0 0:2 / / rw - rootfs rootfs rw\n2 1 0:3 / / rw - ext4 d rw\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts.front().type, "ext4");
  EXPECT_EQ(mounts.front().parent, std::nullopt);
}

TEST(MountNamespace, BeginsWithTheFirstRootWhereThatIsTheOnlyOne) {
  EXPECT_EQ(roots("1 0 0:2 / / rw - rootfs rootfs rw\n2 1 0:3 / /a rw - tmpfs t rw\n").size(), 2U);
  EXPECT_EQ(roots("1 0 0:2 / / rw - tmpfs t rw\n2 1 0:3 / / rw - tmpfs t rw\n").size(), 2U);
}

objects::Mount member(std::uint32_t mount_namespace, std::optional<std::uint64_t> peer,
                      std::optional<std::uint64_t> master) {
  objects::Mount mount;
  mount.id = {mount_namespace, 1};
  mount.peer_group = peer;
  mount.master_group = master;
  return mount;
}

TEST(Propagation, ComesFromTheClosestGroupInTheSameNamespace) {
  std::vector<objects::Mount> mounts{
      member(1, 10, std::nullopt), // shared on the host
      member(2, 20, 10),           // its slave, shared on
      member(1, std::nullopt, 20), // back in the host: slave of a group that is not here
      member(3, std::nullopt, 20), // sees neither of them
      member(2, std::nullopt, 20), // sees its master
  };
  fill_propagate_from(mounts);
  EXPECT_EQ(mounts[2].propagate_from, 10U);
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    EXPECT_EQ(mounts[i].propagate_from, std::nullopt) << i;
}

TEST(Propagation, MastersInACircleEnd) {
  std::vector<objects::Mount> mounts{member(1, 10, 20), member(2, 20, 10), member(3, 30, 10)};
  fill_propagate_from(mounts);
  EXPECT_EQ(mounts[2].propagate_from, std::nullopt);
}

} // namespace
} // namespace vitrine::mounts
