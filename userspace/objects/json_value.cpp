// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/json_value.h"

#include "userspace/base/text_escape.h"

#include <algorithm>
#include <charconv>

namespace vitrine::objects {
namespace {

template<class Number>
bool read_digits(std::string_view text, int base, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

Json matching(std::string_view pattern) {
  return Json{{"type", "string"}, {"pattern", pattern}};
}

} // namespace

Place Place::element(std::size_t index) const {
  Place place = *this;
  place.path_ += fmt::format("[{}]", index);
  return place;
}

Place Place::member(const Json& object, std::string_view name) const {
  Place place;
  place.path_ = path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
  const auto escaped = object.find("escaped");
  place.escaped_ = escaped != object.end() && escaped->is_array() &&
                   std::ranges::find(*escaped, Json(name)) != escaped->end();
  return place;
}

tl::unexpected<Error> Place::wrong(std::string_view wanted) const {
  return failure("{} is not {}", path_.empty() ? "the document" : path_, wanted);
}

tl::unexpected<Error> Place::missing() const {
  return failure("{} is missing", path_);
}

Json string_json(std::string_view text, bool& escaped) {
  JsonText json = text_for_json(text);
  escaped |= json.escaped;
  return std::move(json.text);
}

Result<void> read_string(const Json& json, const Place& place, std::string& text) {
  if (!json.is_string()) return place.wrong("a string");
  const auto& written = json.get_ref<const std::string&>();
  if (!place.escaped()) return text = written, Result<void>();
  auto bytes = text_from_json(written);
  if (!bytes) return place.wrong("escaped as it says");
  text = std::move(*bytes);
  return {};
}

Json scalar_json(const UniqueId& id) {
  return fmt::format("{}", id.value);
}

Json scalar_json(const CapabilitySet& set) {
  return fmt::format("{:016x}", set.bits);
}

Json scalar_json(const Limit& limit) {
  return limit.value ? Json(*limit.value) : Json("max");
}

Result<void> read_scalar(const Json& json, const Place& place, bool& value) {
  if (!json.is_boolean()) return place.wrong("true or false");
  value = json.get<bool>();
  return {};
}

Result<void> read_scalar(const Json& json, const Place& place, double& value) {
  if (!json.is_number()) return place.wrong("a number");
  value = json.get<double>();
  return {};
}

Result<void> read_number(const Json& json, const Place& place, std::uint64_t limit,
                         std::uint64_t& value) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > limit)
    return place.wrong(fmt::format("a whole number from 0 to {}", limit));
  value = json.get<std::uint64_t>();
  return {};
}

Result<void> read_scalar(const Json& json, const Place& place, UniqueId& id) {
  if (!json.is_string() || !read_digits(json.get_ref<const std::string&>(), 10, id.value))
    return place.wrong("a number in a string");
  return {};
}

Result<void> read_scalar(const Json& json, const Place& place, CapabilitySet& set) {
  if (!json.is_string() || !read_digits(json.get_ref<const std::string&>(), 16, set.bits))
    return place.wrong("a set of capabilities in hexadecimal");
  return {};
}

Result<void> read_scalar(const Json& json, const Place& place, Limit& limit) {
  if (json == "max") return limit.value = std::nullopt, Result<void>();
  return read_scalar(json, place, limit.value.emplace());
}

Json scalar_schema(const std::string*) {
  return Json{{"type", "string"}};
}
Json scalar_schema(const bool*) {
  return Json{{"type", "boolean"}};
}
Json scalar_schema(const double*) {
  return Json{{"type", "number"}};
}
Json scalar_schema(const std::uint32_t*) {
  return Json{
      {"type", "integer"}, {"minimum", 0}, {"maximum", std::numeric_limits<std::uint32_t>::max()}};
}
Json scalar_schema(const std::uint64_t*) {
  return Json{{"type", "integer"}, {"minimum", 0}};
}
Json scalar_schema(const UniqueId*) {
  return matching("^[0-9]+$");
}
Json scalar_schema(const CapabilitySet*) {
  return matching("^[0-9a-f]{16}$");
}
Json scalar_schema(const Limit*) {
  return Json{
      {"oneOf", Json::array({Json{{"type", "integer"}, {"minimum", 0}}, Json{{"const", "max"}}})}};
}
Json scalar_schema(const ProcessId*) {
  return matching("^[0-9]+:[0-9]+$");
}
Json scalar_schema(const NamespaceId*) {
  return matching("^(cgroup|ipc|mnt|net|pid|time|user|uts):\\[[0-9]+\\]$");
}
Json scalar_schema(const CgroupId*) {
  return matching("^[0-9]+:[0-9]+$");
}
Json scalar_schema(const MountId*) {
  return matching("^[0-9]+:[0-9]+$");
}
Json scalar_schema(const LayerId*) {
  return matching("^[0-9]+:[0-9]+:[0-9]+$");
}
Json scalar_schema(const ContainerId*) {
  return matching("^[^/]+/.+$");
}
Json scalar_schema(const InterfaceId*) {
  return matching("^[0-9]+/[0-9]+$");
}

Json nullable(Json schema) {
  return Json{{"anyOf", Json::array({std::move(schema), Json{{"type", "null"}}})}};
}

Json documented(Json schema, std::string_view doc) {
  if (!doc.empty()) schema["description"] = doc;
  return schema;
}

Json object_schema(std::string_view doc, Json members, Json required) {
  members["escaped"] = Json{{"type", "array"},
                            {"items", {{"type", "string"}}},
                            {"description", "members with strings that are not UTF-8: \\xNN stands "
                                            "for a byte, two backslashes for one"}};
  return Json{{"description", doc},
              {"type", "object"},
              {"additionalProperties", false},
              {"required", std::move(required)},
              {"properties", std::move(members)}};
}

} // namespace vitrine::objects
