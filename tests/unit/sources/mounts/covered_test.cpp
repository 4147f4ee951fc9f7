// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/covered.h"

#include "userspace/sources/mounts/mount_namespace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vitrine::mounts {
namespace {

struct Row {
  std::uint32_t id, parent;
  const char* mount_point;
};

/// The ids of the covered ones among `rows`.
std::vector<std::uint32_t> covered(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows)
    text += fmt::format("{} {} 0:1 / {} rw - tmpfs t rw\n", row.id, row.parent, row.mount_point);
  const auto mounts = mounts_of(7, text);
  std::vector<std::uint32_t> ids;
  if (!mounts) return ids;
  for (const objects::Mount& mount : *mounts)
    if (mount.covered) ids.push_back(mount.id.id);
  return ids;
}

using Ids = std::vector<std::uint32_t>;

TEST(Covered, NothingIsWhereNothingIsOnTop) {
  EXPECT_EQ(covered({{1, 0, "/"}, {2, 1, "/a"}, {3, 2, "/a/b"}, {4, 1, "/ab"}}), Ids{});
}

TEST(Covered, AMountOnTopCoversWithAllThatIsBelow) {
  EXPECT_EQ(covered({{1, 0, "/"}, {2, 1, "/a"}, {3, 2, "/a/b"}, {4, 2, "/a"}, {5, 4, "/a/c"}}),
            (Ids{2, 3}));
}

TEST(Covered, AMountOnADirectoryOnTheWayCovers) {
  EXPECT_EQ(covered({{1, 0, "/"}, {2, 1, "/a/b/c"}, {3, 2, "/a/b/c/d"}, {4, 1, "/a"}}),
            (Ids{2, 3}));
  EXPECT_EQ(covered({{1, 0, "/"}, {2, 1, "/a"}, {3, 1, "/"}}), (Ids{1, 2}));
}

TEST(Covered, ANameThatOnlyBeginsAlikeDoesNot) {
  EXPECT_EQ(covered({{1, 0, "/"}, {2, 1, "/ab"}, {3, 1, "/a"}}), Ids{});
}

TEST(Covered, ParentsInACircleEnd) {
  EXPECT_EQ(covered({{1, 2, "/a"}, {2, 1, "/b"}}), (Ids{1, 2}));
  EXPECT_EQ(covered({{1, 1, "/"}, {2, 1, "/b"}}), Ids{});
}

} // namespace
} // namespace vitrine::mounts
