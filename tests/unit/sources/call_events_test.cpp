// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/call_events.h"

#include "tests/unit/sources/overlay_call.h"

#include <gtest/gtest.h>

namespace vitrine::tracer {
namespace {

UpperEvent event_of(const std::string& path) {
  return {.directory = false, .from = {}, .to = {kOverlay, path}};
}

OverlayCall call_that_saw(const std::string& path, std::uint32_t tid = kThread) {
  OverlayCall call = overlay_call(VITRINE_CALL_openat, tid);
  call.sightings.push_back(sighting(VITRINE_SIGHTING_INODE, path));
  return call;
}

std::vector<std::string> share(const std::vector<std::string>& paths,
                               const std::vector<OverlayCall>& calls, bool in_call = false,
                               std::size_t left = 0) {
  std::deque<UpperEvent> waiting;
  for (const std::string& path : paths)
    waiting.push_back(event_of(path));
  std::vector<std::vector<UpperEvent>> shares(calls.size());
  share_events(waiting, calls, kThread, in_call, shares);
  EXPECT_EQ(waiting.size(), left);
  std::vector<std::string> texts;
  for (const auto& events : shares) {
    std::string text;
    for (const UpperEvent& event : events)
      text += event.to.path;
    texts.push_back(text);
  }
  return texts;
}

using Shares = std::vector<std::string>;

TEST(ShareEvents, EachCallGetsWhatItsNoticeTellsOf) {
  EXPECT_EQ(share({"/a", "/b"}, {call_that_saw("/a"), call_that_saw("/b")}), (Shares{"/a", "/b"}));
  EXPECT_EQ(share({"/b"}, {call_that_saw("/a"), call_that_saw("/b")}), (Shares{"", "/b"}));
}

TEST(ShareEvents, LeavesOtherThreadsOut) {
  EXPECT_EQ(share({"/a"}, {call_that_saw("/a", 8), call_that_saw("/a")}), (Shares{"", "/a"}));
  EXPECT_EQ(share({"/a"}, {call_that_saw("/a", 8)}, false, 1), (Shares{""}));
}

TEST(ShareEvents, TheSamePathOfAnotherOverlayIsAnotherName) {
  OverlayCall elsewhere = call_that_saw("/a");
  elsewhere.sightings.front().what.overlay = kOverlay + 1;
  EXPECT_EQ(share({"/a"}, {elsewhere, call_that_saw("/a")}), (Shares{"", "/a"}));
  EXPECT_EQ(share({"/a"}, {elsewhere}, true, 1), (Shares{""}));
}

TEST(ShareEvents, TheSameNameTwiceIsOfTwoCallsWhenBothTellOfIt) {
  EXPECT_EQ(share({"/a", "/a"}, {call_that_saw("/a"), call_that_saw("/a")}), (Shares{"/a", "/a"}));
  EXPECT_EQ(share({"/a", "/a"}, {call_that_saw("/a"), call_that_saw("/b")}), (Shares{"/a/a", ""}));
}

TEST(ShareEvents, KnowsRenamesAndLinksByTheirLastNames) {
  OverlayCall rename = overlay_call(VITRINE_CALL_rename);
  rename.from = "/link/a";
  rename.to = "/link/b";
  EXPECT_EQ(share({"/x", "/real/b"}, {call_that_saw("/x"), rename}), (Shares{"/x", "/real/b"}));
}

TEST(ShareEvents, WhatNoNoticeTellsOfStaysWithItsNeighbours) {
  EXPECT_EQ(share({"/a", "/?", "/b"}, {call_that_saw("/a"), call_that_saw("/b")}),
            (Shares{"/a/?", "/b"}));
}

TEST(ShareEvents, WhatMayBeOfACallThatGoesOnWaits) {
  EXPECT_EQ(share({"/a", "/?"}, {call_that_saw("/a")}, true, 1), (Shares{"/a"}));
  EXPECT_EQ(share({"/a", "/?", "/a"}, {call_that_saw("/a")}, true), (Shares{"/a/?/a"}));
}

} // namespace
} // namespace vitrine::tracer
