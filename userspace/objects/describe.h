// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <tuple>

namespace vitrine::objects {

/// One member of an object: its name in JSON, in columns and in filters, and what it means.
template<class Object, class Member>
struct Field {
  std::string_view name;
  Member Object::*member;
  std::string_view doc;
};
/// clang 14 makes no such guides of its own.
template<class Object, class Member>
Field(std::string_view, Member Object::*, std::string_view) -> Field<Object, Member>;

/// Specialised for every struct that goes into JSON: declared once, it makes the writer, the
/// reader, the JSON Schema and the columns. Has
///   static constexpr std::string_view name;   // "process": of its JSON Schema
///   static constexpr std::string_view doc;
///   static constexpr auto fields = std::tuple{Field{…}, …};
template<class Object>
struct Description;

/// Specialised for every enum that goes into JSON, where it is a word. Has
///   static constexpr std::pair<Enum, std::string_view> names[];
template<class Enum>
struct EnumNames;

template<class T>
concept Described = requires {
  Description<T>::fields;
};

template<class T>
concept NamedEnum = requires {
  EnumNames<T>::names;
};

template<NamedEnum Enum>
[[nodiscard]] constexpr std::string_view enum_name(Enum value) {
  for (const auto& [known, name] : EnumNames<Enum>::names)
    if (known == value) return name;
  return {};
}

/// Calls `call(field)` for each Field of `Object`, in the order in which they are declared.
template<Described Object, class Call>
constexpr void for_each_field(Call&& call) {
  std::apply([&](const auto&... fields) { (call(fields), ...); }, Description<Object>::fields);
}

} // namespace vitrine::objects
