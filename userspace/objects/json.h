// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/json_value.h"

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// JSON of described objects, both ways, and its JSON Schema: nothing here knows any one object.
/// In JSON an object's members stand in the order of their declaration. A table that was not asked
/// for (an optional vector of objects) is absent; any other member without value is null. A string
/// that is not UTF-8 is escaped (text_escape.h) and its member is named in "escaped".
namespace vitrine::objects {

template<class T>
struct IsVector : std::false_type {};
template<class T>
struct IsVector<std::vector<T>> : std::true_type {};
template<class T>
struct IsOptional : std::false_type {};
template<class T>
struct IsOptional<std::optional<T>> : std::true_type {};
/// A table of objects with identities.
template<class T>
struct IsTable : std::false_type {};
template<Described T>
    struct IsTable<std::optional<std::vector<T>>> : std::bool_constant < requires(const T& object) {
  object.id;
} > {};

/// `escaped` becomes true when some string was.
template<class T>
[[nodiscard]] Json json_of(const T& value, bool& escaped) {
  if constexpr (std::same_as<T, std::string>) {
    return string_json(value, escaped);
  } else if constexpr (IsOptional<T>::value) {
    return value ? json_of(*value, escaped) : Json();
  } else if constexpr (IsVector<T>::value) {
    Json array = Json::array();
    for (const auto& element : value)
      array.push_back(json_of(element, escaped));
    return array;
  } else if constexpr (Described<T>) {
    Json object = Json::object();
    Json names = Json::array();
    for_each_field<T>([&](const auto& field) {
      const auto& member = value.*field.member;
      using Member = std::remove_cvref_t<decltype(member)>;
      if constexpr (IsTable<Member>::value)
        if (!member) return;
      bool own = false;
      object[std::string(field.name)] = json_of(member, own);
      if (own) names.push_back(field.name);
    });
    if (!names.empty()) object["escaped"] = std::move(names);
    return object;
  } else if constexpr (NamedEnum<T>) {
    return Json(enum_name(value));
  } else {
    return scalar_json(value);
  }
}

template<Described T>
[[nodiscard]] Json to_json(const T& object) {
  bool escaped = false;
  return json_of(object, escaped);
}

/// Reads what json_of() writes; a member that a newer version added is passed over. The Error says
/// where: "processes[3].id".
template<class T>
[[nodiscard]] Result<void> read_json(const Json& json, const Place& place, T& value) {
  if constexpr (std::same_as<T, std::string>) {
    return read_string(json, place, value);
  } else if constexpr (IsOptional<T>::value) {
    if (json.is_null()) return value = std::nullopt, Result<void>();
    return read_json(json, place, value.emplace());
  } else if constexpr (IsVector<T>::value) {
    if (!json.is_array()) return place.wrong("an array");
    value.resize(json.size());
    for (std::size_t index = 0; index < json.size(); ++index)
      if (auto read = read_json(json[index], place.element(index), value[index]); !read)
        return read;
    return {};
  } else if constexpr (Described<T>) {
    if (!json.is_object()) return place.wrong("an object");
    Result<void> status;
    for_each_field<T>([&](const auto& field) {
      if (!status) return;
      auto& member = value.*field.member;
      using Member = std::remove_cvref_t<decltype(member)>;
      const auto found = json.find(field.name);
      if (found != json.end())
        status = read_json(*found, place.member(json, field.name), member);
      else if (!IsTable<Member>::value)
        status = place.member(json, field.name).missing();
    });
    return status;
  } else if constexpr (NamedEnum<T>) {
    for (const auto& [known, name] : EnumNames<T>::names)
      if (json.is_string() && json.template get_ref<const std::string&>() == name)
        return value = known, Result<void>();
    return place.wrong("a known word");
  } else {
    return read_scalar(json, place, value);
  }
}

/// JSON Schema (2020-12) of a type; described types become definitions in `definitions`.
template<class T>
[[nodiscard]] Json schema_of(Json& definitions) {
  if constexpr (IsOptional<T>::value) {
    if constexpr (IsTable<T>::value) return schema_of<typename T::value_type>(definitions);
    return nullable(schema_of<typename T::value_type>(definitions));
  } else if constexpr (IsVector<T>::value) {
    return Json{{"type", "array"}, {"items", schema_of<typename T::value_type>(definitions)}};
  } else if constexpr (Described<T>) {
    const std::string name(Description<T>::name);
    if (!definitions.contains(name)) {
      definitions[name] = Json::object(); // stands for it while its members are described
      Json members = Json::object();
      Json required = Json::array();
      for_each_field<T>([&](const auto& field) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*field.member)>;
        members[std::string(field.name)] = documented(schema_of<Member>(definitions), field.doc);
        if (!IsTable<Member>::value) required.push_back(field.name);
      });
      definitions[name] =
          object_schema(Description<T>::doc, std::move(members), std::move(required));
    }
    return Json{{"$ref", "#/$defs/" + name}};
  } else if constexpr (NamedEnum<T>) {
    Json words = Json::array();
    for (const auto& [value, name] : EnumNames<T>::names)
      words.push_back(name);
    return Json{{"enum", std::move(words)}};
  } else {
    return scalar_schema(static_cast<const T*>(nullptr));
  }
}

} // namespace vitrine::objects
