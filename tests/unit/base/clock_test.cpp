// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/clock.h"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(Rfc3339, KeepsNanosecondsInUtc) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(1'709'210'096'000'000'042), "2024-02-29T12:34:56.000000042Z");
}

} // namespace
} // namespace vitrine
