// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/json.h"

#include "userspace/base/text_escape.h"

namespace vitrine::engines {
namespace {

constexpr int kDepthLimit = 64;
constexpr std::size_t kTextLimit = 4096;

/// Asked before parsing: a document of brackets alone costs fifty times its size in memory.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == '{') && ++depth > kDepthLimit)
      return true;
    else if (!in_string && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

} // namespace

Result<json> parse_json(std::string_view text) {
  if (is_too_deep(text)) return failure("JSON nested deeper than {}", kDepthLimit);
  json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return failure("not valid JSON");
  return document;
}

Result<json> read_json(const Directory& directory, const std::string& name) {
  const auto text = directory.read(name);
  if (!text) return tl::unexpected(text.error());
  auto document = parse_json(*text);
  if (!document)
    return context(document.error(), "{}/{}", escape_text(directory.path()), escape_text(name));
  return document;
}

const json* field_at(const json& document, std::initializer_list<std::string_view> path) {
  const json* at = &document;
  for (const std::string_view name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string text_at(const json& document, std::initializer_list<std::string_view> path) {
  const json* value = field_at(document, path);
  if (value == nullptr || !value->is_string()) return {};
  const auto& text = value->get_ref<const std::string&>();
  return text.size() <= kTextLimit && text.find('\0') == std::string::npos ? text : std::string();
}

std::uint64_t number_at(const json& document, std::initializer_list<std::string_view> path) {
  const json* value = field_at(document, path);
  return value != nullptr && value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
}

} // namespace vitrine::engines
