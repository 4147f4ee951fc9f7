// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace vitrine {
namespace {

Result<int> refused() { return os_error(EACCES, "open {}", "/x"); }

TEST(Error, SaysStepObjectAndErrnoByName) {
  EXPECT_EQ(refused().error().message(), "open /x: Permission denied (EACCES)");
}

TEST(Error, ContextGoesInFront) {
  const Result<int> outer = context(refused().error(), "container {}", 7);
  EXPECT_EQ(outer.error().what, "container 7: open /x");
  EXPECT_EQ(outer.error().code, EACCES);
}

TEST(Error, InnerHintWins) {
  const Result<int> inner = with_hint(failure("a"), "near");
  const Result<int> outer = with_hint(context(inner.error(), "b"), "far");
  EXPECT_EQ(outer.error().hint, "near");
}

TEST(Error, UnknownErrnoIsPrintedAsANumber) { EXPECT_EQ(errno_name(531), "errno 531"); }

} // namespace
} // namespace vitrine
