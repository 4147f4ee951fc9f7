// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/overlay_options.h"

#include <gtest/gtest.h>

namespace vitrine::kernel {
namespace {

using Texts = std::vector<std::string>;

OverlayOptions parse(const Texts& options) {
  return overlay_options_of(options);
}

TEST(OverlayOptions, OldSyntaxIsSplitAtColonsThatBelongToNoName) {
  const OverlayOptions overlay =
      parse({"rw", "lowerdir=/l\\:1:/l2", "upperdir=/u\\:p\\\\x", "workdir=/w\\,k", "uuid=on"});
  EXPECT_EQ(overlay.lower, (Texts{"/l:1", "/l2"}));
  EXPECT_EQ(overlay.upper, "/u:p\\x");
  EXPECT_EQ(overlay.work, "/w,k");
  EXPECT_EQ(overlay.data_only, 0U);
}

TEST(OverlayOptions, NewSyntaxHasEachDirectoryAsItIs) {
  const OverlayOptions overlay =
      parse({"ro", "lowerdir+=/l:1", "lowerdir+=/l\\:2", "datadir+=/d", "metacopy=on"});
  EXPECT_EQ(overlay.lower, (Texts{"/l:1", "/l\\:2", "/d"}));
  EXPECT_EQ(overlay.data_only, 1U);
  EXPECT_EQ(overlay.upper, std::nullopt);
  EXPECT_EQ(overlay.work, std::nullopt);
}

TEST(OverlayOptions, DirectoriesBehindTwoColonsGiveDataOnly) {
  const OverlayOptions overlay = parse({"lowerdir=/l1:/l2::/d1::/d2"});
  EXPECT_EQ(overlay.lower, (Texts{"/l1", "/l2", "/d1", "/d2"}));
  EXPECT_EQ(overlay.data_only, 2U);
}

TEST(OverlayOptions, NothingOfForeignTextIsTooMuch) {
  EXPECT_TRUE(parse({}).lower.empty());
  EXPECT_TRUE(parse({"lowerdir="}).lower.empty());
  EXPECT_EQ(parse({"lowerdir=/a\\"}).lower, (Texts{"/a\\"}));
  EXPECT_EQ(parse({"upperdir="}).upper, "");
}

} // namespace
} // namespace vitrine::kernel
