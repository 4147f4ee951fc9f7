// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_story.h"

#include "tests/golden.h"
#include "tests/unit/story/sample_trace.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/output/text_sink.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <clocale>
#include <sstream>

#include <fcntl.h>

namespace vitrine::output {
namespace {

std::string tell(TextOptions options, const std::vector<events::Record>& records,
                 const events::StreamEnd& end) {
  std::string out;
  TextStory text(options, out);
  story::Story story({.every_event = options.detail >= Detail::events,
                      .raw_calls = options.detail >= Detail::calls},
                     text);
  events::StreamStart start = story::trace_start();
  start.follow_daemons = events::FollowDaemons::automatic;
  story.start(start);
  for (const events::Record& record : records)
    story.event(record);
  story.end(end);
  return out;
}

std::string tell(TextOptions options) {
  const auto records = story::container_trace();
  return tell(options, records, story::trace_end(records));
}

TEST(TextStory, LooksLikeThisInAsciiAt80Columns) {
  expect_golden("tests/data/golden/story_80_ascii.txt", tell({.style = {.width = 80}}));
}

TEST(TextStory, LooksLikeThisInUnicodeAt120Columns) {
  expect_golden("tests/data/golden/story_120_unicode.txt",
                tell({.style = {.unicode = true, .width = 120}}));
}

/// A container made with the mount API while an engine tells its name, then another one beside it.
std::string tell_engine_story(TextOptions options,
                              const events::ContainerNote& note = story::glass_note()) {
  std::string out;
  TextStory text(options, out);
  story::Story story({.every_event = options.detail >= Detail::events,
                      .raw_calls = options.detail >= Detail::calls},
                     text);
  const auto records = story::engine_trace();
  story.start(story::trace_start());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i == records.size() / 3) story.container(note);
    story.event(records[i]);
  }
  story.end(story::trace_end(records));
  return out;
}

TEST(TextStory, EnginesAndTheirContainersLookLikeThisInAsciiAt80Columns) {
  expect_golden("tests/data/golden/engine_80_ascii.txt",
                tell_engine_story({.style = {.width = 80}}));
}

TEST(TextStory, EnginesAndTheirContainersLookLikeThisInUnicodeAt120Columns) {
  expect_golden("tests/data/golden/engine_120_unicode.txt",
                tell_engine_story({.style = {.unicode = true, .width = 120}}));
}

TEST(TextStory, EnginesAndTheirContainersLookLikeThisWithEveryEvent) {
  expect_golden("tests/data/golden/engine_pipe_events.txt",
                tell_engine_story({.style = {.unicode = true}, .detail = Detail::events}));
}

TEST(TextStory, EnginesAndTheirContainersLookLikeThisWhenQuiet) {
  expect_golden("tests/data/golden/engine_quiet.txt",
                tell_engine_story({.style = {.width = 80}, .detail = Detail::phases}));
}

TEST(TextStory, LooksLikeThisInAPipeWithEveryCall) {
  expect_golden("tests/data/golden/story_pipe_calls.txt",
                tell({.style = {.unicode = true}, .detail = Detail::calls}));
}

TEST(TextStory, LooksLikeThisWhenQuiet) {
  expect_golden("tests/data/golden/story_quiet.txt",
                tell({.style = {.width = 80}, .detail = Detail::phases}));
}

TEST(TextStory, NoLineIsWiderThanTheTerminal) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  events::ContainerNote note = story::glass_note();
  note.name = std::string(100, 'x');
  for (const std::size_t width : {40U, 60U, 80U, 99U, 100U, 120U, 200U}) {
    const TextOptions options{.style = {.unicode = true, .width = width}};
    std::istringstream lines(tell(options) + tell_engine_story(options, note));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(TextStory, AsciiIsAscii) {
  for (const char c : tell({.style = {.width = 80}, .detail = Detail::steps}))
    EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(TextStory, ColourOnlyWhenAskedFor) {
  EXPECT_EQ(tell({.style = {.width = 80}}).find('\x1b'), std::string::npos);
  EXPECT_NE(tell({.style = {.colour = true, .width = 80}}).find("\x1b[1;31mFAILED EPERM:"),
            std::string::npos);
}

TEST(TextStory, SummaryAloneHasNoSteps) {
  const std::string text = tell({.style = {}, .detail = Detail::summary});
  EXPECT_EQ(text.find("pivot_root"), std::string::npos);
  EXPECT_NE(text.find("no_new_privs   yes"), std::string::npos);
}

TEST(TextStory, WarnsOfWhatWasLost) {
  const auto records = story::container_trace();
  events::StreamEnd end = story::trace_end(records);
  end.lost[VITRINE_EVENT_mount_mount] = 7;
  end.late = 2;
  const std::string text = tell({.style = {}, .detail = Detail::summary}, records, end);
  EXPECT_NE(text.find("lost           7: mount 7"), std::string::npos) << text;
  EXPECT_NE(text.find("2 events came after their turn"), std::string::npos);
}

TEST(TextStory, OfARecordingThatBreaksOffSaysSo) {
  events::StreamEnd end;
  end.complete = false;
  end.received = 42;
  const std::string text =
      tell({.style = {}, .detail = Detail::summary}, story::container_trace(), end);
  EXPECT_NE(text.find("events         42 until here"), std::string::npos) << text;
  EXPECT_NE(text.find("the recording ends here: it was cut off"), std::string::npos);
  EXPECT_NE(text.find("lost           unknown"), std::string::npos);
  EXPECT_NE(text.find("exit status    unknown"), std::string::npos);
}

TEST(TextStory, WhatDaemonsDoForOthersIsCountedOnly) {
  std::vector<events::Record> records = story::container_trace();
  EXPECT_EQ(tell({.style = {}}).find("not shown"), std::string::npos);
  events::RecordBuilder<ev_mount_umount2> other;
  other.header().followed = VITRINE_FOLLOWED_DAEMON;
  other.header().pid = 4711;
  other.string(&ev_mount_umount2::target, "/somebody/elses");
  for (int times = 0; times < 3; ++times)
    records.insert(records.begin() + 5, other.record());
  const std::string text =
      tell({.style = {}, .detail = Detail::calls}, records, story::trace_end(records));
  EXPECT_EQ(text.find("elses"), std::string::npos) << text;
  EXPECT_NE(text.find("of other work  3, not shown"), std::string::npos) << text;
}

TEST(TextStory, UnknownIsNeverZero) {
  story::TraceBuilder trace;
  trace.clone({}, 200, 1, {2001, 0, 0, 0, 0, 0, 0, 0});
  const std::string text = tell({.style = {}}, trace.records(), story::trace_end(trace.records()));
  EXPECT_NE(text.find("uts     unknown     1002        unknown"), std::string::npos) << text;
  EXPECT_NE(text.find("privileges     unknown"), std::string::npos);
}

TEST(TextStory, HostileNamesNeverReachTheTerminalRaw) {
  story::TraceBuilder trace;
  const char* const bad = "\x1b]0;x\x07\r\x9b";
  trace.clone({.comm = bad}, 200, 1, story::kOwn);
  trace.mount({200, bad, 1, 100}, bad, bad, bad, 0);
  trace.exec({200, bad, 1, 100}, bad);
  for (const Detail detail : {Detail::steps, Detail::calls})
    for (const char c :
         tell({.style = {.width = 80}, .detail = detail}, trace.records(), story::trace_end({})))
      EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST(TextSink, KeepsTheFirstWriteError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full";
  const UniqueFd owner(full);
  TextSink sink(full, {});
  sink.start(story::trace_start());
  ASSERT_FALSE(sink.status().has_value());
  EXPECT_EQ(sink.status().error().code, ENOSPC);
}

TEST(DurationText, HasThreeDigits) {
  EXPECT_EQ(duration_text(1), "0.00 us");
  EXPECT_EQ(duration_text(12'340), "12.3 us");
  EXPECT_EQ(duration_text(999'900), "1.00 ms");
  EXPECT_EQ(duration_text(4'560'000), "4.56 ms");
  EXPECT_EQ(duration_text(123'000'000'000), "123 s");
}

TEST(Wrap, CutsAWordThatIsWiderThanTheLine) {
  const TextStyle style;
  EXPECT_EQ(wrap(style, {{Ink::plain, "ab cdefghi"}}, 4),
            (std::vector<std::string>{"ab", "cdef", "ghi"}));
}

} // namespace
} // namespace vitrine::output
