// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/call_facts.h"

#include "tests/unit/sources/overlay_call.h"

#include <gtest/gtest.h>

#include <linux/fs.h>

namespace vitrine::tracer {
namespace {

constexpr unsigned kKernel = VITRINE_WITNESS_KERNEL;
constexpr unsigned kFanotify = VITRINE_WITNESS_FANOTIFY;
constexpr unsigned kFentry = VITRINE_WITNESS_FENTRY;

UpperEvent made(const std::string& path, bool directory = false) {
  return {.directory = directory, .from = {}, .to = {kOverlay, path}};
}

UpperEvent moved(const std::string& from, const std::string& to) {
  return {.directory = false, .from = UpperName{kOverlay, from}, .to = {kOverlay, to}};
}

std::vector<std::string> paths_of(const CallFacts& facts) {
  std::vector<std::string> paths;
  for (const NewName& name : facts.names)
    paths.push_back(name.path);
  return paths;
}

TEST(CallFacts, OneNameHasAllItsWitnesses) {
  OverlayCall call = overlay_call(VITRINE_CALL_openat);
  call.sightings = {sighting(VITRINE_SIGHTING_COPY_UP, "/a"),
                    sighting(VITRINE_SIGHTING_INODE, "/a")};
  call.sightings.front().what.layer = 2;
  const CallFacts facts = facts_of(call, kOverlay, {made("/a")}, 5);
  ASSERT_EQ(facts.names.size(), 1U);
  EXPECT_EQ(facts.names.front().witnesses, kKernel | kFanotify | kFentry);
  EXPECT_EQ(facts.names.front().layer, 2);
  EXPECT_EQ(facts.entered_ns, 5U);
}

TEST(CallFacts, NamesComeInTheOrderInWhichTheyWereMade) {
  OverlayCall call = overlay_call(VITRINE_CALL_unlinkat);
  call.sightings = {sighting(VITRINE_SIGHTING_INODE, "/d/e", S_IFDIR),
                    sighting(VITRINE_SIGHTING_INODE, "/d", S_IFDIR),
                    sighting(VITRINE_SIGHTING_WHITEOUT, "/d/e/f", S_IFCHR)};
  EXPECT_EQ(paths_of(facts_of(call, kOverlay, {}, 0)),
            (std::vector<std::string>{"/d", "/d/e", "/d/e/f"}));
}

TEST(CallFacts, LeavesOtherOverlaysOut) {
  OverlayCall call = overlay_call(VITRINE_CALL_openat);
  call.sightings = {sighting(VITRINE_SIGHTING_INODE, "/a")};
  EXPECT_TRUE(facts_of(call, kOverlay + 1, {made("/a")}, 0).names.empty());
}

TEST(CallFacts, AFileThatIsCopiedUpToBeMovedHadItsOldNameThen) {
  OverlayCall call = overlay_call(VITRINE_CALL_rename);
  call.call.overlay = kOverlay;
  call.from = "/a";
  call.to = "/b";
  call.sightings = {sighting(VITRINE_SIGHTING_INODE, "", S_IFCHR),
                    sighting(VITRINE_SIGHTING_INODE, "/b")};
  const CallFacts facts = facts_of(call, kOverlay, {made("/a"), moved("/a", "/b")}, 0);
  ASSERT_TRUE(facts.move.has_value());
  EXPECT_EQ(facts.move->from, "/a");
  EXPECT_EQ(facts.move->witnesses, kKernel | kFanotify);
  ASSERT_EQ(paths_of(facts), (std::vector<std::string>{"/a", "/a"}));
  EXPECT_EQ(facts.names[0].witnesses, kKernel | kFanotify);
  EXPECT_TRUE(facts.names[1].whiteout);
}

TEST(CallFacts, FanotifyKnowsTheRealPathsOfAMove) {
  OverlayCall call = overlay_call(VITRINE_CALL_rename);
  call.call.overlay = kOverlay;
  call.from = "/link/a";
  call.to = "/link/b";
  const CallFacts facts = facts_of(call, kOverlay, {moved("/real/a", "/real/b")}, 0);
  EXPECT_EQ(facts.move->to, "/real/b");
  EXPECT_EQ(facts.move->witnesses, kKernel | kFanotify);
}

TEST(CallFacts, WithoutFanotifyTheTextOfAMoveCounts) {
  OverlayCall call = overlay_call(VITRINE_CALL_renameat2);
  call.call.overlay = kOverlay;
  call.from = "/a";
  call.to = "/b";
  EXPECT_EQ(facts_of(call, kOverlay, {}, 0).move->witnesses, kKernel);
  call.to = "/a";
  EXPECT_FALSE(facts_of(call, kOverlay, {}, 0).move.has_value()) << "nothing moves";
  call.to = "/b";
  call.call.header.result = -2;
  EXPECT_FALSE(facts_of(call, kOverlay, {}, 0).move.has_value()) << "it failed";
}

TEST(CallFacts, AnExchangeSwapsWhatWasCopiedUp) {
  OverlayCall call = overlay_call(VITRINE_CALL_renameat2);
  call.call.flags = RENAME_EXCHANGE;
  call.call.overlay = kOverlay;
  call.from = "/left";
  call.to = "/right";
  call.sightings = {sighting(VITRINE_SIGHTING_INODE, "/left"),
                    sighting(VITRINE_SIGHTING_INODE, "/right")};
  EXPECT_EQ(paths_of(facts_of(call, kOverlay, {}, 0)),
            (std::vector<std::string>{"/left", "/right"}));
}

} // namespace
} // namespace vitrine::tracer
