// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/ndjson.h"

#include "tests/unit/events/record_builder.h"
#include "tests/unit/events/sample_records.h"
#include "userspace/base/unique_fd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sstream>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace vitrine::output {
namespace {

using events::sample_records;

/// What a file holds, from its start.
std::string contents(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

TEST(NdjsonSink, WritesHeadEventsAndEndOneALine) {
  const UniqueFd file(::memfd_create("ndjson", MFD_CLOEXEC));
  NdjsonSink sink(file.get());
  sink.start(events::sample_start());
  for (const events::Record& record : sample_records())
    sink.event(record);
  sink.end(events::sample_end());
  EXPECT_TRUE(sink.status().has_value());
  std::istringstream lines(contents(file.get()));
  std::string first;
  std::string last;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    (count == 0 ? first : last) = line;
  EXPECT_EQ(count, sample_records().size() + 2);
  EXPECT_TRUE(first.starts_with(R"({"type":"trace.start")")) << first;
  EXPECT_TRUE(last.starts_with(R"({"type":"trace.end")")) << last;
}

TEST(NdjsonSink, WhatDaemonsDoForOthersHasNoLineButIsCounted) {
  const UniqueFd file(::memfd_create("ndjson", MFD_CLOEXEC));
  NdjsonSink sink(file.get());
  sink.start({});
  events::RecordBuilder<ev_mount_chdir> chdir;
  chdir->header.followed = VITRINE_FOLLOWED_DAEMON;
  sink.event(chdir.record());
  events::ContainerNote note;
  note.id = "somebody-elses";
  sink.container(note);
  events::StreamEnd end;
  end.emitted[VITRINE_EVENT_mount_chdir] = end.received = 1;
  sink.end(end);
  const std::string text = contents(file.get());
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
  EXPECT_NE(text.find(R"("received":1,"hidden":1,)"), std::string::npos) << text;
}

TEST(NdjsonSink, KeepsLinesBackUntilFlushed) {
  const UniqueFd file(::memfd_create("ndjson", MFD_CLOEXEC));
  NdjsonSink sink(file.get());
  sink.start(events::sample_start());
  EXPECT_EQ(contents(file.get()), "");
  sink.flush();
  EXPECT_TRUE(contents(file.get()).ends_with("}\n"));
}

TEST(NdjsonSink, FullDiskIsAnErrorAndNothingMoreIsWritten) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  NdjsonSink sink(full.get());
  sink.start(events::sample_start());
  sink.flush();
  ASSERT_FALSE(sink.status().has_value());
  EXPECT_EQ(sink.status().error().code, ENOSPC);
  sink.event(sample_records().front());
  sink.end(events::sample_end());
  EXPECT_EQ(sink.status().error().code, ENOSPC);
}

TEST(NdjsonSink, ReaderThatHasGoneIsAnError) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  reader.reset();
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  NdjsonSink sink(writer.get());
  sink.start(events::sample_start());
  sink.flush();
  std::signal(SIGPIPE, old_handler);
  ASSERT_FALSE(sink.status().has_value());
  EXPECT_EQ(sink.status().error().code, EPIPE);
}

} // namespace
} // namespace vitrine::output
