// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/snapshot_json.h"

#include "userspace/base/text_escape.h"
#include "userspace/objects/json.h"

namespace vitrine::objects {
namespace {

/// Whether arrays and objects are nested deeper than any snapshot has them: JSON values are copied
/// and destroyed by recursion.
bool too_deep(std::string_view text) {
  constexpr int kDeepest = 64;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == '{') && ++depth > kDeepest)
      return true;
    else if (!in_string && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

} // namespace

Json snapshot_json(const Snapshot& snapshot) {
  Json document = {{"schema", kSnapshotSchema}, {"schema_version", kSnapshotVersion}};
  document.update(to_json(snapshot));
  return document;
}

Result<Snapshot> read_snapshot(std::string_view text) {
  if (too_deep(text)) return failure("a document that is nested too deep for a snapshot");
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return failure("not a JSON document, or one that is cut off");
  if (!document.is_object() || document.value("schema", Json()) != kSnapshotSchema)
    return with_hint(failure("a JSON document, but no snapshot of Vitrine"),
                     "vitrine export -o FILE makes one");
  const Json version = document.value("schema_version", Json());
  if (!version.is_string() || !version.get_ref<const std::string&>().starts_with("1."))
    return with_hint(failure("a snapshot of version {}, of which this program knows nothing",
                             escape_text(version.dump())),
                     "read it with the version of Vitrine that made it");
  Snapshot snapshot;
  if (auto read = read_json(document, Place(), snapshot); !read)
    return context(std::move(read).error(), "a broken snapshot");
  sort_tables(snapshot); // looked up by their order, whoever wrote them
  return snapshot;
}

Json snapshot_schema() {
  Json definitions = Json::object();
  static_cast<void>(schema_of<Snapshot>(definitions));
  Json document = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", fmt::format("{} {}", kSnapshotSchema, kSnapshotVersion)}};
  Json snapshot = definitions["snapshot"];
  definitions.erase("snapshot");
  Json& members = snapshot["properties"];
  members["schema"] = Json{{"const", kSnapshotSchema}};
  members["schema_version"] = Json{{"type", "string"}, {"pattern", "^1\\."}};
  snapshot["required"].push_back("schema");
  snapshot["required"].push_back("schema_version");
  document.update(snapshot);
  document["$defs"] = std::move(definitions);
  return document;
}

} // namespace vitrine::objects
