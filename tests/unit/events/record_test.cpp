// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/events/record_builder.h"
#include "userspace/events/json.h"
#include "userspace/events/text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <random>

namespace vitrine::events {
namespace {

std::string error_of(std::span<const std::byte> bytes) {
  const auto record = Record::decode(bytes);
  return record ? "" : record.error().message();
}

TEST(Schema, KnowsEachEventByTypeAndByName) {
  for (const EventSchema& event : all_events()) {
    EXPECT_EQ(find_event(static_cast<std::uint16_t>(event.type)), &event);
    EXPECT_EQ(find_event(event.full_name), &event);
  }
  EXPECT_EQ(find_event(std::uint16_t{0}), nullptr);
  EXPECT_EQ(find_event(std::uint16_t{VITRINE_EVENT_LIMIT}), nullptr);
  EXPECT_EQ(find_event(std::uint16_t{0xffff}), nullptr);
  EXPECT_EQ(find_event("mount.nothing"), nullptr);
}

TEST(Schema, FieldsCoverTheRecordWithoutOverlap) {
  for (const EventSchema& event : all_events()) {
    std::size_t end = sizeof(ev_header);
    for (const FieldSchema& field : event.fields) {
      EXPECT_GE(field.offset, end) << event.full_name << ' ' << field.name;
      EXPECT_LE(field.offset - end, 4U) << event.full_name << ' ' << field.name << ": a hole";
      EXPECT_FALSE(field.doc.empty());
      EXPECT_EQ(field.is_string, field.size == sizeof(ev_string) && field.kind >= Kind::text_);
      end = field.offset + field.size;
    }
    EXPECT_LE(event.fixed_size - end, 7U);
  }
}

TEST(Record, GivesBackTypedFieldsAndStrings) {
  RecordBuilder<ev_mount_mount> builder;
  builder->flags = 0x1000;
  builder.string(&ev_mount_mount::source, "/src").string(&ev_mount_mount::target, "/dst");
  const Record record = builder.record();
  EXPECT_EQ(record.schema().full_name, "mount.mount");
  const auto* mount = record.as<ev_mount_mount>();
  ASSERT_NE(mount, nullptr);
  EXPECT_EQ(mount->flags, 0x1000U);
  EXPECT_EQ(record.string(mount->source).text, "/src");
  EXPECT_EQ(record.string(mount->target).text, "/dst");
  EXPECT_TRUE(record.string(mount->data).absent());
  EXPECT_EQ(record.as<ev_mount_umount2>(), nullptr);
}

TEST(Record, StringThatTheKernelSideNeverFilledIsAbsent) {
  RecordBuilder<ev_mount_chdir> builder;
  builder->path = {};
  const Record record = builder.record();
  EXPECT_TRUE(record.string(record.as<ev_mount_chdir>()->path).absent());
}

TEST(Record, AcceptsUnalignedBytes) {
  RecordBuilder<ev_process_exit> builder;
  builder->exit_code = 3;
  const auto bytes = builder.bytes();
  std::vector<std::byte> shifted(bytes.size() + 1);
  std::memcpy(shifted.data() + 1, bytes.data(), bytes.size());
  const auto record = Record::decode(std::span(shifted).subspan(1));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->as<ev_process_exit>()->exit_code, 3);
}

TEST(Record, RefusesSizesThatDoNotFit) {
  RecordBuilder<ev_process_exit> builder;
  auto bytes = builder.bytes();
  EXPECT_EQ(error_of({}), "record of 0 bytes: the header alone has 88");
  EXPECT_EQ(error_of(std::span(bytes).first(bytes.size() - 1)),
            "record of 103 bytes: its header says 104");
  auto& header = *reinterpret_cast<ev_header*>(bytes.data());
  header.size = sizeof(ev_header);
  EXPECT_EQ(error_of(std::span(bytes).first(sizeof(ev_header))),
            "process.exit record of 88 bytes: its fields alone have 104");
}

TEST(Record, RefusesUnknownTypes) {
  RecordBuilder<ev_process_exit> builder;
  for (const int type : {0, int{VITRINE_EVENT_LIMIT}, 0xffff}) {
    builder->header.type = static_cast<__u16>(type);
    EXPECT_EQ(error_of(builder.bytes()), fmt::format("record of unknown type {}", type));
  }
}

TEST(Record, RefusesStringsOutsideTheTail) {
  RecordBuilder<ev_namespace_sethostname> builder;
  builder.string(&ev_namespace_sethostname::name, "abc");
  builder->name.length = 4;
  EXPECT_EQ(
      error_of(builder.bytes()),
      "namespace.sethostname record of 115 bytes: name at 112 with 4 bytes is not in its tail");
  builder->name = {sizeof(ev_header), 2, 0, 0};
  EXPECT_NE(error_of(builder.bytes()), "") << "bytes of the fixed part are not text";
  builder->name = {0xffff, 0xffff, 0, 0};
  EXPECT_NE(error_of(builder.bytes()), "");
  builder->name = {0xffff, 0, 0, 0};
  EXPECT_EQ(error_of(builder.bytes()), "") << "the place of an empty string is never read";
}

/// Bytes of some event with some strings, then a few of them overwritten.
std::vector<std::byte> mutated_record(std::mt19937& random) {
  const auto events = all_events();
  AnyRecordBuilder builder(events[random() % events.size()]);
  builder.header().result = static_cast<std::int32_t>(random()) % 600;
  const EventSchema& event = *find_event(builder.header().type);
  for (const FieldSchema& field : event.fields)
    if (field.is_string && random() % 2 == 0)
      builder.string(field.offset, std::string(random() % 40, static_cast<char>(random())),
                     static_cast<int>(random() % 16));
  auto bytes = builder.bytes();
  for (std::size_t i = random() % 24; i > 0; --i)
    bytes[random() % bytes.size()] = static_cast<std::byte>(random());
  if (random() % 8 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

TEST(Record, SurvivesWhateverBytesComeAndSoDoItsViews) {
  std::mt19937 random(20240229); // the same bytes each time
  const StreamStart start;
  int decoded = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto bytes = mutated_record(random);
    const auto record = Record::decode(bytes);
    if (!record) {
      ASSERT_FALSE(record.error().what.empty());
      continue;
    }
    if (++decoded % 8 != 0) continue;
    ASSERT_NO_THROW((void)event_json(*record, start).dump());
    ASSERT_FALSE(call_text(*record, start).empty());
  }
  EXPECT_GT(decoded, 20'000);
  EXPECT_LT(decoded, 190'000);
}

} // namespace
} // namespace vitrine::events
