// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/cgroup.h"
#include "userspace/objects/ids.h"
#include "userspace/objects/process.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// The values that json.h puts together: strings, numbers, identities.
namespace vitrine::objects {

using Json = nlohmann::ordered_json;

/// Where in a document something is wrong.
class Place {
public:
  Place() = default;
  [[nodiscard]] Place element(std::size_t index) const;
  /// `object` tells which of its strings are escaped.
  [[nodiscard]] Place member(const Json& object, std::string_view name) const;
  /// Strings here are escaped.
  [[nodiscard]] bool escaped() const { return escaped_; }

  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view wanted) const;
  [[nodiscard]] tl::unexpected<Error> missing() const;

private:
  std::string path_;
  bool escaped_ = false;
};

[[nodiscard]] Json string_json(std::string_view text, bool& escaped);
[[nodiscard]] Result<void> read_string(const Json& json, const Place& place, std::string& text);

template<class T>
concept Number = std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t>;
/// An identity with to_text() and from_text().
template<class T>
concept Identity = requires(T id, std::string_view text) {
  { to_text(id) } -> std::same_as<std::string>;
  { from_text(text, id) } -> std::same_as<bool>;
};

[[nodiscard]] inline Json scalar_json(bool value) {
  return value;
}
[[nodiscard]] inline Json scalar_json(double value) {
  return value;
}
template<Number T>
[[nodiscard]] Json scalar_json(T value) {
  return value;
}
template<Identity T>
[[nodiscard]] Json scalar_json(const T& id) {
  return to_text(id);
}
[[nodiscard]] Json scalar_json(const UniqueId& id);
[[nodiscard]] Json scalar_json(const CapabilitySet& set);
[[nodiscard]] Json scalar_json(const Limit& limit);

[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, bool& value);
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, double& value);
[[nodiscard]] Result<void> read_number(const Json& json, const Place& place, std::uint64_t limit,
                                       std::uint64_t& value);
template<Number T>
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, T& value) {
  std::uint64_t number = 0;
  auto read = read_number(json, place, std::numeric_limits<T>::max(), number);
  value = static_cast<T>(number);
  return read;
}
template<Identity T>
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, T& id) {
  std::string text;
  if (auto read = read_string(json, place, text); !read) return read;
  if (!from_text(text, id)) return place.wrong("an identity");
  return {};
}
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, UniqueId& id);
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, CapabilitySet& set);
[[nodiscard]] Result<void> read_scalar(const Json& json, const Place& place, Limit& limit);

[[nodiscard]] Json scalar_schema(const std::string*);
[[nodiscard]] Json scalar_schema(const bool*);
[[nodiscard]] Json scalar_schema(const double*);
[[nodiscard]] Json scalar_schema(const std::uint32_t*);
[[nodiscard]] Json scalar_schema(const std::uint64_t*);
[[nodiscard]] Json scalar_schema(const UniqueId*);
[[nodiscard]] Json scalar_schema(const CapabilitySet*);
[[nodiscard]] Json scalar_schema(const Limit*);
[[nodiscard]] Json scalar_schema(const ProcessId*);
[[nodiscard]] Json scalar_schema(const NamespaceId*);
[[nodiscard]] Json scalar_schema(const CgroupId*);
[[nodiscard]] Json scalar_schema(const MountId*);
[[nodiscard]] Json scalar_schema(const LayerId*);
[[nodiscard]] Json scalar_schema(const ContainerId*);
[[nodiscard]] Json scalar_schema(const InterfaceId*);

/// The same, or null.
[[nodiscard]] Json nullable(Json schema);
[[nodiscard]] Json documented(Json schema, std::string_view doc);
[[nodiscard]] Json object_schema(std::string_view doc, Json members, Json required);

} // namespace vitrine::objects
