// SPDX-License-Identifier: Apache-2.0
#include "tests/golden.h"
#include "tests/unit/events/record_builder.h"
#include "tests/unit/events/sample_records.h"
#include "userspace/base/unique_fd.h"
#include "userspace/events/json.h"
#include "userspace/events/recording_coding.h"
#include "userspace/events/recording_reader.h"
#include "userspace/events/recording_writer.h"
#include "userspace/events/tee_sink.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

namespace vitrine::events {
namespace {

using recording::Encoder;
using recording::Item;

/// The calls that a sink got, each as text that holds every field.
class CallLog final : public Sink {
public:
  void start(const StreamStart& start) override {
    start_ = start;
    calls.push_back(start_json(start).dump());
  }
  void event(const Record& record) override {
    const auto bytes = record.bytes();
    calls.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void container(const ContainerNote& note) override {
    calls.push_back(container_json(note, start_).dump());
  }
  void pause() override { calls.emplace_back("pause"); }
  void end(const StreamEnd& end) override { calls.push_back(end_json(end, start_).dump()); }

  std::vector<std::string> calls;

private:
  StreamStart start_;
};

/// A recording as bytes, and how many calls it holds up to which byte.
struct Recorded {
  std::string bytes;
  std::vector<std::string> calls;
  std::vector<std::pair<std::size_t, std::size_t>> whole; ///< bytes, calls
};

std::string contents(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

/// StreamStart with nothing at its default.
StreamStart rich_start() {
  StreamStart start = sample_start();
  start.scope = Scope::container;
  start.follow_daemons = FollowDaemons::all;
  start.notes.emplace_back("\xff\0 foreign \x1b[2J", 15);
  return start;
}

StreamEnd rich_end() {
  StreamEnd end = sample_end();
  end.untracked = 3;
  end.missed_probes = 1ULL << 40;
  end.late = 4;
  end.exit_status = -1;
  return end;
}

/// `flush_each`: a block for so many events.
Recorded record(const std::vector<Record>& records, std::size_t flush_each) {
  const UniqueFd file(::memfd_create("recording", MFD_CLOEXEC));
  RecordingSink sink(file.get());
  CallLog log;
  TeeSink both(sink, log);
  Recorded recorded;
  const auto written = [&] {
    sink.flush();
    recorded.whole.emplace_back(::lseek(file.get(), 0, SEEK_END), log.calls.size());
  };
  both.start(rich_start());
  written();
  for (std::size_t i = 0; i < records.size(); ++i) {
    both.event(records[i]);
    if (i % flush_each == 0) written();
  }
  both.container(sample_note());
  both.pause();
  written();
  both.end(rich_end());
  written();
  EXPECT_TRUE(sink.status().has_value());
  recorded.bytes = contents(file.get());
  recorded.calls = log.calls;
  return recorded;
}

struct Replayed {
  std::vector<std::string> calls;
  std::string error;
  std::uint64_t skipped = 0;
};

Replayed replay(int fd) {
  CallLog log;
  RecordingReader reader(fd);
  for (;;) {
    const auto more = reader.read_block(log);
    if (more && *more) continue;
    return {log.calls, more ? "" : more.error().message(), reader.skipped()};
  }
}

Replayed replay(std::string_view bytes) {
  const UniqueFd file(::memfd_create("recording", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(file.get(), bytes).has_value());
  ::lseek(file.get(), 0, SEEK_SET);
  return replay(file.get());
}

/// What a sink is told when a recording breaks off.
std::string broken_end(const std::vector<std::string>& calls) {
  StreamEnd end;
  end.complete = false;
  end.time_ns = rich_start().time_ns;
  for (const std::string& call : calls) {
    const auto record = Record::decode(std::as_bytes(std::span(call)));
    if (!record) continue;
    ++end.received;
    end.time_ns = std::max<std::uint64_t>(end.time_ns, record->header().time_ns);
  }
  return end_json(end, rich_start()).dump();
}

/// The calls of the longest whole part before byte `cut`, then the end that says so.
std::vector<std::string> calls_before(const Recorded& recorded, std::size_t cut) {
  std::size_t count = 0;
  for (const auto& [bytes, calls] : recorded.whole)
    if (bytes <= cut) count = calls;
  std::vector<std::string> expected(recorded.calls.begin(),
                                    recorded.calls.begin() + static_cast<std::ptrdiff_t>(count));
  if (count != 0) expected.push_back(broken_end(expected));
  return expected;
}

std::vector<Record> some_records(std::size_t count) {
  std::vector<Record> records = sample_records();
  records.erase(records.begin() + static_cast<std::ptrdiff_t>(count), records.end());
  return records;
}

TEST(Recording, GivesEveryCallAgain) {
  for (const std::size_t flush_each : {1U, 7U, 1000U}) {
    const Recorded recorded = record(sample_records(), flush_each);
    const Replayed replayed = replay(recorded.bytes);
    EXPECT_EQ(replayed.error, "");
    EXPECT_EQ(replayed.skipped, 0U);
    EXPECT_EQ(replayed.calls, recorded.calls);
  }
}

TEST(Recording, IsSmallerThanItsRecords) {
  std::size_t plain = 0;
  for (const Record& one : sample_records())
    plain += one.bytes().size();
  EXPECT_LT(record(sample_records(), 1000).bytes.size(), plain / 2);
}

TEST(Recording, EndsAtTheLastWholeBlockWhereverItIsCut) {
  const Recorded recorded = record(some_records(5), 1);
  for (std::size_t cut = 0; cut < recorded.bytes.size(); ++cut) {
    const Replayed replayed = replay(recorded.bytes.substr(0, cut));
    ASSERT_EQ(replayed.calls, calls_before(recorded, cut)) << "cut at " << cut;
    ASSERT_TRUE(cut == 0 ? replayed.error == "empty"
                         : replayed.error.starts_with("cut off at byte"))
        << cut << replayed.error;
  }
}

TEST(Recording, OfManyBlocksIsCutAtRandomPlaces) {
  std::vector<Record> records;
  while (records.size() < 5000)
    for (const Record& one : sample_records())
      records.push_back(one);
  const Recorded recorded = record(records, 61);
  EXPECT_EQ(replay(recorded.bytes).calls, recorded.calls);
  std::mt19937 random(20240229);
  for (int i = 0; i < 100; ++i) {
    const std::size_t cut = random() % recorded.bytes.size();
    ASSERT_EQ(replay(std::string_view(recorded.bytes).substr(0, cut)).calls,
              calls_before(recorded, cut))
        << "cut at " << cut;
  }
}

TEST(Recording, NeverGivesWhatItDidNotGetWhateverBitIsWrong) {
  const Recorded recorded = record(some_records(3), 2);
  for (std::size_t bit = 0; bit < recorded.bytes.size() * 8; ++bit) {
    std::string bytes = recorded.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    Replayed replayed = replay(bytes);
    if (replayed.error.empty()) { // the minor version, a bit that zstd does not use
      ASSERT_EQ(replayed.calls, recorded.calls) << "bit " << bit;
      continue;
    }
    if (replayed.calls.empty()) continue;
    const std::string last = replayed.calls.back();
    replayed.calls.pop_back();
    ASSERT_EQ(last, broken_end(replayed.calls)) << "bit " << bit;
    ASSERT_LT(replayed.calls.size(), recorded.calls.size());
    ASSERT_TRUE(std::equal(replayed.calls.begin(), replayed.calls.end(), recorded.calls.begin()))
        << "bit " << bit;
  }
}

TEST(Recording, CanBeReadFromAPipeAsItComes) {
  const Recorded recorded = record(some_records(20), 3);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::thread feed([&] {
    for (std::string_view rest = recorded.bytes; !rest.empty();
         rest.remove_prefix(std::min<std::size_t>(rest.size(), 7)))
      static_cast<void>(write_all(writer.get(), rest.substr(0, 7)));
    writer.reset();
  });
  const Replayed replayed = replay(reader.get());
  feed.join();
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.calls, recorded.calls);
}

TEST(Recording, RefusesWhatIsNone) {
  EXPECT_EQ(replay("").error, "empty");
  using namespace std::string_literals;
  for (const std::string& foreign :
       {"x"s, R"({"type":"trace.start"})"s, "\x28\xb5\x2f\xfd\x04\x00\x00\x00\x00\x00\x00\x00"s,
        "\x89PNG\r\n\x1a\n\0\0\0\x0d"s, std::string(100'000, '\0')})
    EXPECT_EQ(replay(foreign).error, "not a recording of vitrine") << foreign.substr(0, 10);
  std::string newer = record({}, 1).bytes;
  newer[recording::kMagic.size()] = 2;
  EXPECT_EQ(replay(newer).error, "made by another version of vitrine, with format 2.0");
}

// ---- recordings of other versions, and of nobody's making
// -----------------------------------------

/// A recording made by hand: each block whole and right, whatever its items are.
class Forgery {
public:
  Forgery() {
    Encoder{bytes_}(recording::kMajor, recording::kMinor);
    bytes_ = std::string(recording::kMagic) + bytes_;
  }
  Forgery& schema(std::string version = std::string(kTraceSchemaVersion), int shorter = 0) {
    recording::Schema schema{std::move(version), {}};
    for (const EventSchema& event : all_events())
      schema.events.push_back({static_cast<std::uint16_t>(event.type),
                               event.fixed_size - static_cast<std::uint32_t>(shorter)});
    Encoder{items_}(Item::schema, schema);
    return *this;
  }
  Forgery& start() { return item(Item::start, rich_start()); }
  Forgery& end() { return item(Item::end, rich_end()); }
  Forgery& event(const Record& record) {
    const auto bytes = record.bytes();
    return item(Item::event,
                std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  Forgery& item(Item kind, const auto& value) {
    Encoder{items_}(kind, value);
    return *this;
  }
  Forgery& raw(std::string_view bytes) {
    items_ += bytes;
    return *this;
  }
  /// The block as zstd made it, then as it is in the file.
  Forgery& block() {
    std::string frame(ZSTD_compressBound(items_.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), items_.data(), items_.size(), 1));
    Encoder{bytes_}(frame); // behind its size
    items_.clear();
    return *this;
  }
  Replayed replayed() { return replay(block().bytes_); }
  std::string error() { return replayed().error; }

private:
  std::string bytes_;
  std::string items_;
};

TEST(Recording, OfANewerVersionIsReadAsFarAsItIsKnown) {
  const Record known = sample_records().front();
  AnyRecordBuilder unknown(known.schema());
  unknown.header().type = VITRINE_EVENT_LIMIT - 1;
  const auto bytes = unknown.bytes();
  const std::string_view of_another_type(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Replayed replayed = Forgery()
                                .schema()
                                .start()
                                .item(Item::event, of_another_type)
                                .item(static_cast<Item>(77), std::string(1000, 'x'))
                                .event(known)
                                .end()
                                .replayed();
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.skipped, 2U);
  EXPECT_EQ(replayed.calls.size(), 3U);
}

TEST(Recording, OfAnOlderVersionIsNotReadWrongly) {
  const Replayed replayed = Forgery()
                                .schema(std::string(kTraceSchemaVersion), 8)
                                .start()
                                .event(sample_records().front())
                                .end()
                                .replayed();
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.skipped, 1U) << "its fields end where ours have another";
  EXPECT_EQ(Forgery().schema("99.1").start().error(),
            "made by another version of vitrine, with events of schema 99.1");
}

/// Fields at the end of a struct may be missing, or more than are known.
TEST(Recording, StructsMayGrow) {
  std::string shorter;
  Encoder{shorter}(std::uint64_t{5}, std::uint64_t{6}, std::string_view("host"));
  std::string longer;
  Encoder{longer}.fields(rich_start());
  longer += "a field of tomorrow";
  StreamStart expected;
  expected.time_ns = 5;
  expected.realtime_ns = 6;
  expected.hostname = "host";
  EXPECT_EQ(Forgery().schema().item(Item::start, shorter).end().replayed().calls.front(),
            start_json(expected).dump());
  EXPECT_EQ(Forgery().schema().item(Item::start, longer).end().replayed().calls.front(),
            start_json(rich_start()).dump());
}

TEST(Recording, RefusesItemsOutOfOrder) {
  const Record one = sample_records().front();
  const std::string wrong = "damaged at byte 12: its items are not in order";
  EXPECT_EQ(Forgery().start().error(), wrong);
  EXPECT_EQ(Forgery().schema().event(one).error(), wrong);
  EXPECT_EQ(Forgery().schema().end().error(), wrong);
  EXPECT_EQ(Forgery().schema().start().start().error(), wrong);
  EXPECT_EQ(Forgery().schema().schema().error(), wrong);
  EXPECT_EQ(Forgery().schema().start().end().event(one).error(),
            "damaged at byte 12: something follows the end");
}

TEST(Recording, RefusesItemsThatCannotBe) {
  const std::string not_whole = "damaged at byte 12: an item is not whole";
  EXPECT_EQ(Forgery().raw("abc").error(), not_whole);
  EXPECT_EQ(Forgery().raw("\x01\x00\xff\xff\xff\xff").error(),
            "damaged at byte 12: an item is not whole");
  EXPECT_EQ(Forgery().schema().start().item(Item::event, std::string(8, 'x')).error(),
            "damaged at byte 12: an event is not whole");
  AnyRecordBuilder lies(sample_records().front().schema());
  auto bytes = lies.bytes();
  bytes.push_back({});
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(Forgery().schema().start().item(Item::event, text).error(),
            "damaged at byte 12: record of 185 bytes: its header says 184");
}

TEST(Recording, RefusesValuesThatCannotBe) {
  const std::string wrong = "damaged at byte 12: an item cannot be understood";
  std::string bytes;
  StreamStart start;
  start.scope = static_cast<Scope>(77);
  EXPECT_EQ(Forgery().schema().item(Item::start, start).error(), wrong);
  const auto note_with = [&](const auto&... values) {
    bytes.clear();
    Encoder{bytes}(std::uint64_t{0}, values...);
    return Forgery().schema().start().item(Item::container, bytes).error();
  };
  const std::string_view empty;
  EXPECT_EQ(note_with(std::uint32_t{0xffffffff}), wrong) << "a string as long as that";
  EXPECT_EQ(note_with(empty, empty, empty, empty, 1U, std::uint32_t{0xffffffff}), wrong)
      << "a list as long as that";
  EXPECT_EQ(note_with(empty, empty, empty, empty, 1U, 0U, std::uint32_t{0xffffff}), wrong)
      << "structs without bytes";
  EXPECT_EQ(note_with(std::uint16_t{0}), wrong) << "half a number";
}

TEST(Recording, RefusesBlocksThatCannotBe) {
  std::string head(recording::kMagic);
  Encoder{head}(recording::kMajor, recording::kMinor);
  EXPECT_EQ(replay(head + "\xff\xff\xff\xff").error, "damaged at byte 12: no block is that long");
  EXPECT_EQ(replay(head + std::string(4, '\0')).error, "damaged at byte 12: not a block");
  EXPECT_EQ(replay(head + std::string("\x04\0\0\0zstd", 8)).error,
            "damaged at byte 12: not a block");
  EXPECT_EQ(Forgery().raw(std::string(recording::kLargestBlock + 1, '\0')).error(),
            "damaged at byte 12: not a block");
}

// ---- the file
// -------------------------------------------------------------------------------------

TEST(RecordingSink, WritesAtPausesAndWhenABlockIsFull) {
  const UniqueFd file(::memfd_create("recording", MFD_CLOEXEC));
  RecordingSink sink(file.get());
  const auto size = [&] { return ::lseek(file.get(), 0, SEEK_END); };
  sink.start(rich_start());
  const auto at_start = size();
  EXPECT_GT(at_start, 0) << "the start is there at once";
  const Record one = sample_records().front();
  sink.event(one);
  EXPECT_EQ(size(), at_start);
  sink.pause();
  const auto at_pause = size();
  EXPECT_GT(at_pause, at_start);
  sink.event(one);
  std::this_thread::sleep_for(std::chrono::milliseconds(220));
  sink.flush_old();
  const auto at_flush = size();
  EXPECT_GT(at_flush, at_pause);
  for (std::size_t bytes = 0; bytes < recording::kUsualBlock; bytes += one.bytes().size())
    sink.event(one);
  EXPECT_GT(size(), at_flush);
}

TEST(RecordingSink, ReplacesAFileWhenItStarts) {
  const UniqueFd file(::memfd_create("recording", MFD_CLOEXEC));
  ASSERT_EQ(::pwrite(file.get(), "old", 3, 1 << 20), 3);
  RecordingSink sink(file.get());
  struct stat status = {};
  ASSERT_EQ(::fstat(file.get(), &status), 0);
  EXPECT_EQ(status.st_size, (1 << 20) + 3) << "not before";
  sink.start(rich_start());
  sink.end(rich_end());
  EXPECT_EQ(replay(contents(file.get())).error, "");
}

TEST(RecordingSink, FullDiskIsAnErrorAndNothingMoreIsWritten) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  RecordingSink sink(full.get());
  sink.start(rich_start());
  ASSERT_FALSE(sink.status().has_value());
  EXPECT_EQ(sink.status().error().code, ENOSPC);
  for (const Record& one : sample_records())
    sink.event(one);
  sink.end(rich_end());
  EXPECT_EQ(sink.status().error().code, ENOSPC);
}

/// A recording of the format's first version, made once and kept: it must always be readable.
TEST(Recording, OfTheFirstVersionCanStillBeRead) {
  const std::string path = VITRINE_SOURCE_DIR "/tests/data/events/format_1_0.vitrine";
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && std::getenv("VITRINE_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << record(sample_records(), 40).bytes;
    file.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  ASSERT_TRUE(file.valid());

  const Replayed replayed = replay(file.get());
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.skipped, 0U);
  std::string lines;
  for (const std::string& call : replayed.calls) {
    const auto event = Record::decode(std::as_bytes(std::span(call)));
    lines += (event ? event_json(*event, rich_start()).dump() : call) + "\n";
  }
  expect_golden("tests/data/events/format_1_0.ndjson", lines);
}

} // namespace
} // namespace vitrine::events
