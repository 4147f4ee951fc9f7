// SPDX-License-Identifier: Apache-2.0
// The event table, the schema, the docs and real output agree: each is made of the table and
// compared with what is checked in; validate_ndjson.py compares the lines with the schema.
#include "userspace/events/reference.h"

#include "tests/golden.h"
#include "tests/unit/events/sample_records.h"
#include "userspace/events/json.h"
#include "userspace/events/json_schema.h"
#include "userspace/events/text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace vitrine::events {
namespace {

TEST(Reference, SchemaIsThatOfTheTable) {
  expect_golden("docs/schemas/trace-event.schema.json", trace_schema().dump(1) + "\n");
}

TEST(Reference, DocsAreThoseOfTheTable) {
  expect_golden("docs/events.md", events_markdown());
}

TEST(Reference, EventsAsJsonLines) {
  const StreamStart start = sample_start();
  std::string lines = start_json(start).dump() + "\n";
  const ContainerLabel label = {"docker", sample_note().id, "glass", "alpine:3"};
  Belonging belonging = {.container = &label, .guessed = true};
  for (const Record& record : sample_records()) {
    lines += event_json(record, start, belonging).dump() + "\n";
    belonging = {}; // one line has it all
  }
  lines += container_json(sample_note(), start).dump() + "\n";
  StreamEnd cut = sample_end();
  cut.complete = false;
  for (const StreamEnd& end : {sample_end(), cut})
    lines += end_json(end, start).dump() + "\n";
  expect_golden("tests/data/events/every_event.ndjson", lines);
}

TEST(Reference, EventsAsText) {
  std::string lines;
  for (const Record& record : sample_records())
    lines += call_text(record, sample_start()) + "\n";
  expect_golden("tests/data/events/every_event.txt", lines);
}

/// Ids, offsets and sizes: recordings hold these records, so that a row must not move.
TEST(Reference, RecordsKeepTheirLayout) {
  std::string lines;
  for (const EventSchema& event : all_events()) {
    lines +=
        fmt::format("{} {} {}\n", static_cast<int>(event.type), event.full_name, event.fixed_size);
    for (const FieldSchema& field : event.fields)
      lines += fmt::format("  {} +{} {} {}\n", field.name, field.offset, field.size,
                           kind_name(field.kind));
  }
  expect_golden("tests/data/events/layout.txt", lines);
}

} // namespace
} // namespace vitrine::events
