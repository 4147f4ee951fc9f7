// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/overlay_use.h"

#include "tests/unit/events/record_builder.h"

#include <gtest/gtest.h>

namespace vitrine::story {
namespace {

using events::RecordBuilder;

events::Record copied(std::int64_t bytes, bool directory = false) {
  RecordBuilder<ev_overlay_copy_up> builder;
  builder->bytes = bytes;
  builder->directory = directory;
  return builder.string(&ev_overlay_copy_up::path, "/f")
      .string(&ev_overlay_copy_up::upper, "/upper")
      .record();
}

TEST(OverlayUse, AddsUpWhatWasDone) {
  OverlayUses uses;
  learn_overlay_use(uses, copied(12 * 1024));
  learn_overlay_use(uses, copied(0));
  learn_overlay_use(uses, copied(0, true));
  RecordBuilder<ev_overlay_whiteout> hidden;
  learn_overlay_use(uses, hidden.string(&ev_overlay_whiteout::upper, "/upper").record());
  EXPECT_EQ(use_words(uses["/upper"]),
            "2 files copied up (12.0 KiB), 1 directory copied up, 1 whiteout");
  EXPECT_EQ(use_words({}), "no lower file was changed or removed");
}

TEST(OverlayUse, SaysWhatItDoesNotKnow) {
  OverlayUses uses;
  learn_overlay_use(uses, copied(100));
  learn_overlay_use(uses, copied(-1));
  EXPECT_EQ(use_words(uses["/upper"]),
            "2 files copied up (100 bytes at least, the size of 1 is unknown)");
}

TEST(OverlayUse, CallsALayerUnchangedOnlyWhenAllOfItIs) {
  EXPECT_EQ(layer_state_words({.files = 512, .complete = true}), "unchanged, 512 files");
  EXPECT_EQ(layer_state_words({.files = 512}), "512 files unchanged, not checked completely");
  EXPECT_EQ(layer_state_words({}), "out of reach: not checked");
  EXPECT_EQ(layer_state_words(
                {.files = 512, .changed = 2, .complete = true, .changed_path = "/etc/\x1b[31m"}),
            "2 of 512 files CHANGED, /etc/\\e[31m among them");
}

TEST(OverlayUse, KeepsTheCheckOfEachLayer) {
  OverlayUses uses;
  RecordBuilder<ev_overlay_layer_check> check;
  check->files = 3;
  check->complete = 1;
  learn_overlay_use(uses, check.string(&ev_overlay_layer_check::lower, "/bottom")
                              .string(&ev_overlay_layer_check::upper, "/upper")
                              .record());
  EXPECT_EQ(layer_state_words(uses["/upper"].layers["/bottom"]), "unchanged, 3 files");
}

TEST(ByteWords, HaveTheLargestUnitThatFits) {
  EXPECT_EQ(byte_words(1), "1 byte");
  EXPECT_EQ(byte_words(1023), "1023 bytes");
  EXPECT_EQ(byte_words(1536), "1.5 KiB");
  EXPECT_EQ(byte_words(std::uint64_t{5} << 30), "5.0 GiB");
}

} // namespace
} // namespace vitrine::story
