// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects/sample_host.h"

#include "tests/golden.h"
#include "userspace/objects/snapshot_json.h"

#include <gtest/gtest.h>

namespace vitrine::objects {
namespace {

TEST(SampleHost, IsReadAsItWasWritten) {
  const auto read = read_snapshot(snapshot_json(sample_host()).dump());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, sample_host());
}

TEST(SampleHost, IsTheDocumentThatCommandsAreTriedWith) {
  expect_golden("tests/data/objects/host.json", snapshot_json(sample_host()).dump(1) + "\n");
}

TEST(SnapshotSchema, IsTheDocumentedOne) {
  expect_golden("docs/schemas/snapshot.schema.json", snapshot_schema().dump(2) + "\n");
}

} // namespace
} // namespace vitrine::objects
