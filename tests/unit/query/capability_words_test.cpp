// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/capability_words.h"

#include "userspace/kernel/capability_sets.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

using namespace kernel;

TEST(CapabilityWords, AreFewAndExact) {
  EXPECT_EQ(capability_words(0), "none");
  EXPECT_EQ(capability_words(kAllCapabilities), "all");
  EXPECT_EQ(capability_words(kAllCapabilities | 1ULL << 60), "all");
  EXPECT_EQ(capability_words(kAllCapabilities & ~capability_bit(kCAP_SYS_BOOT)),
            "all but SYS_BOOT");
  EXPECT_EQ(capability_words(kDockerCapabilities), "docker's default");
  EXPECT_EQ(capability_words((kDockerCapabilities & ~capability_bit(kCAP_NET_RAW)) |
                             capability_bit(kCAP_SYS_ADMIN)),
            "docker's default without NET_RAW, with SYS_ADMIN");
  EXPECT_EQ(capability_words(capability_bit(kCAP_CHOWN) | capability_bit(kCAP_KILL)),
            "CHOWN, KILL");
}

} // namespace
} // namespace vitrine::query
