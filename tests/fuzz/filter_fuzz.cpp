// SPDX-License-Identifier: Apache-2.0
// Whatever somebody types: it is refused with a place in the text, or is a filter that can be
// asked.
#include "userspace/query/select.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace vitrine;

objects::Snapshot two_processes() {
  objects::Snapshot snapshot;
  snapshot.processes.emplace(2);
  snapshot.processes->front().comm = std::string(300, 'a');
  snapshot.processes->back().id.pid = 7;
  snapshot.processes->back().command = {"nginx", "\xff"};
  return snapshot;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const objects::Snapshot kSnapshot = two_processes();
  const query::ObjectType& type = query::object_type(query::Table::processes);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto filter = query::Filter::parse(text, type.columns);
  if (!filter) {
    if (filter.error().position > size) std::abort();
    (void)query::pointed_at(text, filter.error());
    return 0;
  }
  query::Query query;
  query.shown = *query::pick_columns(type.columns, type.usual, "");
  query.filter = *std::move(filter);
  (void)select(type, query::Lookup(kSnapshot), query);
  return 0;
}
