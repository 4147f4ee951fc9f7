// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/events/record_builder.h"
#include "userspace/sources/tracer/joined_layers.h"

#include <gtest/gtest.h>

namespace vitrine::tracer {
namespace {

std::string layers_of(std::string_view lowerdir) {
  events::RecordBuilder<ev_mount_mount> builder;
  builder.string(&ev_mount_mount::overlay_lower, lowerdir);
  builder.string(&ev_mount_mount::overlay_upper, "/u:p");
  std::vector<std::byte> bytes = builder.bytes();
  split_joined_layers(bytes);
  const auto record = events::Record::decode(bytes);
  if (!record) return record.error().message();
  const auto* mount = record->as<ev_mount_mount>();
  EXPECT_EQ(record->string(mount->overlay_upper).text, "/u:p");
  return std::string(record->string(mount->overlay_lower).text);
}

TEST(JoinedLayers, AreSplitAtColons) {
  EXPECT_EQ(layers_of("/a:/b"), std::string("/a\0/b", 5));
  EXPECT_EQ(layers_of("/only"), "/only");
}

TEST(JoinedLayers, AnEscapedColonBelongsToTheName) {
  EXPECT_EQ(layers_of("/a\\:b:/c"), std::string("/a:b\0/c", 7));
}

TEST(JoinedLayers, RecordsOfOtherEventsAndShortOnesAreLeftAlone) {
  events::RecordBuilder<ev_mount_chdir> builder;
  builder.string(&ev_mount_chdir::path, "/a:b");
  const std::vector<std::byte> before = builder.bytes();
  std::vector<std::byte> bytes = before;
  split_joined_layers(bytes);
  EXPECT_EQ(bytes, before);
  bytes.resize(10);
  split_joined_layers(bytes);
  EXPECT_EQ(bytes.size(), 10U);
}

} // namespace
} // namespace vitrine::tracer
