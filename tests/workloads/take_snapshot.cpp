// SPDX-License-Identifier: Apache-2.0
/// take_snapshot [proc] [mountinfo] TABLE…: prints a snapshot with the tables processes,
/// namespaces, mounts as JSON. "proc": without BPF iterators. "mountinfo": without statmount(2).
#include "userspace/inspector/inspector.h"
#include "userspace/objects/snapshot_json.h"

#include <cstdio>
#include <string_view>

int main(int count, char** arguments) {
  using namespace vitrine;
  inspector::Options options;
  inspector::Tables tables;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    if (word == "proc") options.iterators = census::IteratorUse::never;
    if (word == "mountinfo") options.statmount = false;
    tables.processes |= word == "processes";
    tables.namespaces |= word == "namespaces";
    tables.mounts |= word == "mounts";
  }
  auto inspector = inspector::Inspector::open(options);
  if (!inspector) {
    std::fprintf(stderr, "take_snapshot: %s\n", inspector.error().message().c_str());
    return 1;
  }
  const auto snapshot = inspector->take(tables);
  if (!snapshot) {
    std::fprintf(stderr, "take_snapshot: %s\n", snapshot.error().message().c_str());
    return 1;
  }
  std::puts(objects::snapshot_json(*snapshot).dump().c_str());
  return 0;
}
