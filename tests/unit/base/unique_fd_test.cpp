// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/unique_fd.h"

#include <gtest/gtest.h>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, MoveAssignmentClosesTheOldDescriptor) {
  UniqueFd a(open_null());
  UniqueFd b(open_null());
  const int old = a.get();
  const int kept = b.get();
  a = std::move(b);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(a.get(), kept);
  EXPECT_TRUE(is_open(kept));
}

TEST(UniqueFd, SelfMoveKeepsTheDescriptor) {
  UniqueFd a(open_null());
  UniqueFd& alias = a;
  a = std::move(alias);
  EXPECT_TRUE(a.valid());
  EXPECT_TRUE(is_open(a.get()));
}

TEST(UniqueFd, ResetKeepsErrno) {
  UniqueFd a(open_null());
  errno = ENOTTY;
  a.reset();
  EXPECT_EQ(errno, ENOTTY);
}

TEST(ReadFileAt, LargerThanTheLimitIsAnError) {
  EXPECT_TRUE(read_file_at(AT_FDCWD, "/proc/self/status").has_value());
  EXPECT_FALSE(read_file_at(AT_FDCWD, "/proc/self/status", 10).has_value());
}

TEST(OpenAt, NamesTheEscapedPath) {
  const auto file = open_at(AT_FDCWD, "/nowhere\n", O_RDONLY);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message(), "open /nowhere\\n: No such file or directory (ENOENT)");
}

} // namespace
} // namespace vitrine
