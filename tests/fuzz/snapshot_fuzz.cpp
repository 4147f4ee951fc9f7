// SPDX-License-Identifier: Apache-2.0
// Whatever a file holds: it is refused, or is a snapshot that is written as it was read and that
// every list and page survives. A good beginning is tests/data/objects/host.json.
#include "userspace/objects/snapshot_json.h"
#include "userspace/pages/list.h"
#include "userspace/pages/target.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace vitrine;

constexpr output::TextStyle kTerminal{.unicode = true, .colour = true, .width = 80};

void list(query::Table table, const query::Lookup& lookup) {
  const query::ObjectType& type = query::object_type(table);
  query::Query query;
  query.shown = *query::pick_columns(type.columns, "", "all");
  query.sort = {{query.shown.front(), true}};
  const auto rows = select(type, lookup, query);
  for (const bool tree : {false, true})
    (void)pages::list_text(type, query, lookup, rows, {.tree = tree}, kTerminal);
}

template<class Object>
void inspect(const std::optional<std::vector<Object>>& table, const query::Lookup& lookup) {
  if (!table) return;
  for (const Object& object : *table)
    if (const auto target = pages::find_target(lookup, to_text(object.id))) {
      (void)pages::page_text(pages::page_of(*target, lookup), kTerminal);
      (void)related(*target, lookup);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto snapshot = objects::read_snapshot({reinterpret_cast<const char*>(data), size});
  if (!snapshot) return 0;
  const auto again = objects::read_snapshot(objects::snapshot_json(*snapshot).dump());
  if (!again || !(*again == *snapshot)) std::abort();
  const query::Lookup lookup(*snapshot);
  for (const query::Table table : query::kTables)
    list(table, lookup);
  inspect(snapshot->processes, lookup);
  inspect(snapshot->namespaces, lookup);
  inspect(snapshot->cgroups, lookup);
  inspect(snapshot->layers, lookup);
  inspect(snapshot->containers, lookup);
  return 0;
}
