// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_changes.h"

#include <gtest/gtest.h>

#include <map>

#include <fcntl.h>

namespace vitrine::tracer {
namespace {

constexpr unsigned kSeen = VITRINE_WITNESS_KERNEL | VITRINE_WITNESS_FANOTIFY;

struct Files final : OverlayFiles {
  std::map<std::string, UpperFile> uppers;
  std::map<std::string, LowerFile> lowers;
  bool unreachable = false;

  [[nodiscard]] std::optional<UpperFile> upper(const std::string& path) const override {
    const auto found = uppers.find(path);
    return found == uppers.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::optional<LowerFile> lower(const std::string& path) const override {
    const auto found = lowers.find(path);
    return found == lowers.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] bool upper_is_out_of_reach() const override { return unreachable; }
};

CallFacts call(vitrine_call number, std::vector<NewName> names, std::uint32_t flags = 0) {
  CallFacts facts;
  facts.call = number;
  facts.flags = flags;
  facts.succeeded = true;
  facts.names = std::move(names);
  return facts;
}

NewName name(const std::string& path, bool directory = false) {
  return {.path = path, .witnesses = kSeen, .directory = directory, .size = 100};
}

/// "copy_up /a from 2, 100 bytes" a line.
std::string told(const CallFacts& facts, const Files& files) {
  std::string text;
  for (const OverlayChange& change : changes_of(facts, files)) {
    const char* type = change.type == VITRINE_EVENT_overlay_copy_up    ? "copy_up"
                       : change.type == VITRINE_EVENT_overlay_whiteout ? "whiteout"
                       : change.type == VITRINE_EVENT_overlay_opaque   ? "opaque"
                                                                       : "rename";
    text += std::string(text.empty() ? "" : ", ") + type + ' ';
    if (!change.from.empty()) text += change.from + " to ";
    text += change.path;
    if (change.layer != 0) text += " of " + std::to_string(change.layer);
    if (change.type == VITRINE_EVENT_overlay_copy_up)
      text += change.directory ? " directory" : " bytes " + std::to_string(change.bytes);
  }
  return text;
}

TEST(OverlayChanges, AnOpenForWritingCopiesUpTheFileWithItsDirectories) {
  Files files;
  files.lowers["/d"] = {1, 0};
  files.lowers["/d/f"] = {2, 300};
  EXPECT_EQ(told(call(VITRINE_CALL_openat, {name("/d", true), name("/d/f")}, O_RDWR), files),
            "copy_up /d of 1 directory, copy_up /d/f of 2 bytes 300");
}

TEST(OverlayChanges, WhatIsThrownAwayIsNotCopied) {
  Files files;
  files.lowers["/f"] = {1, 300};
  EXPECT_EQ(told(call(VITRINE_CALL_openat, {name("/f")}, O_WRONLY | O_TRUNC), files),
            "copy_up /f of 1 bytes 0");
  files.uppers["/f"] = {.origin = true, .metacopy = true};
  EXPECT_EQ(told(call(VITRINE_CALL_chmod, {name("/f")}), files), "copy_up /f of 1 bytes 0");
}

TEST(OverlayChanges, AFileThatTheCallMadeIsNoCopy) {
  Files files;
  CallFacts facts = call(VITRINE_CALL_openat, {name("/new")}, O_RDWR | O_CREAT);
  EXPECT_EQ(told(facts, files), "") << "no lower layer has it";
  files.lowers["/new"] = {1, 5};
  files.uppers["/new"] = {.origin = false};
  EXPECT_EQ(told(facts, files), "") << "it stands where one was removed";
  facts.names.front().inode = facts.opened_inode = 9;
  facts.opened_layer = 1;
  EXPECT_EQ(told(facts, files), "copy_up /new of 1 bytes 5") << "the kernel knows better";
  for (const vitrine_call maker : {VITRINE_CALL_mkdirat, VITRINE_CALL_mknod, VITRINE_CALL_symlink})
    EXPECT_EQ(told(call(maker, {name("/d", true), name("/d/x")}), Files()), "copy_up /d directory");
}

TEST(OverlayChanges, OfTheTwoNamesOfALinkTheSecondIsNew) {
  Files files;
  files.lowers["/old"] = {1, 100};
  EXPECT_EQ(told(call(VITRINE_CALL_linkat, {name("/old"), name("/new")}), files),
            "copy_up /old of 1 bytes 100");
  EXPECT_EQ(told(call(VITRINE_CALL_linkat, {name("/new")}), files), "") << "it was up before";
}

TEST(OverlayChanges, ADirectoryIsOpaqueWhenItHidesSomething) {
  Files files;
  files.uppers["/d"] = {.directory = true, .opaque = true};
  EXPECT_EQ(told(call(VITRINE_CALL_mkdir, {name("/d", true)}), files), "");
  files.lowers["/d"] = {2, 0};
  EXPECT_EQ(told(call(VITRINE_CALL_mkdir, {name("/d", true)}), files), "opaque /d of 2");
}

TEST(OverlayChanges, ARemovedFileIsHiddenOrJustGone) {
  Files files;
  files.lowers["/f"] = {1, 100};
  NewName hidden = name("/f");
  hidden.whiteout = true;
  EXPECT_EQ(told(call(VITRINE_CALL_unlink, {hidden}), files), "whiteout /f of 1");
  files.uppers["/f"] = {.whiteout = true};
  EXPECT_EQ(told(call(VITRINE_CALL_unlink, {name("/f")}), files), "whiteout /f of 1")
      << "fanotify does not tell, the file system does";
  files.uppers.clear();
  EXPECT_EQ(told(call(VITRINE_CALL_rmdir, {name("/f", true)}), files), "")
      << "made on the way and removed again";
}

TEST(OverlayChanges, ARenameLeavesAWhiteoutWhereALowerFileWas) {
  Files files;
  files.lowers["/a"] = {1, 100};
  files.uppers["/a"] = {.whiteout = true};
  CallFacts facts = call(VITRINE_CALL_rename, {name("/a")});
  facts.names.front().witnesses = kSeen;
  facts.move = Move{"/a", "/b", VITRINE_WITNESS_FANOTIFY, false};
  EXPECT_EQ(told(facts, files), "copy_up /a of 1 bytes 100, rename /a to /b, whiteout /a of 1");
}

TEST(OverlayChanges, OldFilesReadFromDiskAreNotNew) {
  Files files;
  files.uppers["/f"] = {.origin = true, .inode = 7, .born_ns = 1'000'000'000};
  CallFacts facts = call(VITRINE_CALL_chmod, {name("/f")});
  facts.entered_ns = 2'000'000'000;
  facts.names.front().inode = 7;
  facts.names.front().witnesses = VITRINE_WITNESS_KERNEL;
  EXPECT_EQ(told(facts, files), "");
  facts.names.front().witnesses = kSeen;
  EXPECT_NE(told(facts, files), "") << "fanotify saw it come";
  facts.names.front().witnesses = VITRINE_WITNESS_KERNEL;
  facts.entered_ns = 1'005'000'000;
  EXPECT_NE(told(facts, files), "") << "within the clock tick of file systems";
}

TEST(OverlayChanges, ACopyThatFailedLeavesNothing) {
  Files files;
  CallFacts facts = call(VITRINE_CALL_openat, {name("/f")}, O_RDWR);
  facts.succeeded = false;
  facts.names.front().witnesses = VITRINE_WITNESS_FENTRY;
  EXPECT_EQ(told(facts, files), "");
  files.unreachable = true;
  EXPECT_NE(told(facts, files), "") << "nobody can tell";
}

TEST(OverlayChanges, SizesThatCannotBeKnownAreNotMadeUp) {
  EXPECT_EQ(told(call(VITRINE_CALL_truncate, {name("/f")}), Files()), "copy_up /f bytes -1");
  EXPECT_EQ(told(call(VITRINE_CALL_chmod, {name("/f")}), Files()), "copy_up /f bytes 100");
}

} // namespace
} // namespace vitrine::tracer
