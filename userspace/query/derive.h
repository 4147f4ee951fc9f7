// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/column.h"

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Columns out of what objects declare of themselves (objects/describe.h): every member that is one
/// value, or a list of values, is one; members of members, too.
namespace vitrine::query {

template<class T>
concept Optional = std::same_as<T, std::optional<typename T::value_type>>;
template<class T>
concept Vector = std::same_as<T, std::vector<typename T::value_type>>;

template<class T>
[[nodiscard]] Value value_of(const T& member) {
  if constexpr (Optional<T>) {
    return member ? value_of(*member) : Value();
  } else if constexpr (Vector<T>) {
    List list;
    for (const auto& element : member)
      list.push_back(value_text(Kind::text, value_of(element)));
    return list;
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, bool> ||
                       std::same_as<T, double>) {
    return member;
  } else if constexpr (std::unsigned_integral<T>) {
    return std::uint64_t{member};
  } else if constexpr (std::same_as<T, objects::UniqueId>) {
    return member.value;
  } else if constexpr (std::same_as<T, objects::Limit>) {
    return member.value ? Value(*member.value) : unlimited();
  } else if constexpr (std::same_as<T, objects::CapabilitySet>) {
    return fmt::format("{:016x}", member.bits);
  } else if constexpr (objects::NamedEnum<T>) {
    return std::string(objects::enum_name(member));
  } else {
    return to_text(member); // an identity
  }
}

/// The name of a member of a member. Those of namespaces are named as ps(1) names them.
template<class Inner>
[[nodiscard]] std::string nested_name(std::string_view outer, std::string_view inner) {
  if constexpr (std::same_as<Inner, objects::Pressure>)
    return fmt::format("{}_{}", outer, inner);
  else if constexpr (std::same_as<Inner, objects::NamespaceLinks>)
    return std::string(inner) + (inner.ends_with("_for_children") ? "" : "ns");
  else
    return std::string(inner);
}

/// A column without its value: its heading is its name without the unit.
[[nodiscard]] Column named_column(std::string name, std::string_view doc, Kind kind);

/// "memory_bytes" is a number of bytes, "cpu_usage_usec" a time.
[[nodiscard]] Kind number_kind(std::string_view name);

template<class Member>
[[nodiscard]] Kind kind_of(std::string_view name) {
  if constexpr (Optional<Member>)
    return kind_of<typename Member::value_type>(name);
  else if constexpr (Vector<Member>)
    return Kind::list;
  else if constexpr (std::same_as<Member, bool>)
    return Kind::flag;
  else if constexpr (std::unsigned_integral<Member> || std::same_as<Member, double> ||
                     std::same_as<Member, objects::Limit> ||
                     std::same_as<Member, objects::UniqueId>)
    return number_kind(name);
  else
    return Kind::text;
}

template<class T>
struct Inside {
  using Type = T;
};
template<class T>
struct Inside<std::optional<T>> : Inside<T> {};
template<class T>
struct Inside<std::vector<T>> : Inside<T> {};

/// The columns of `T`, which `reach(lookup, row)` points to or not.
template<class T, class Reach, class Name>
void derive_into(std::vector<Column>& columns, const Reach& reach, const Name& name_of) {
  objects::for_each_field<T>([&](const auto& field) {
    using Member = std::remove_cvref_t<decltype(std::declval<T>().*field.member)>;
    using Inner = typename Inside<Member>::Type;
    const auto pointer = field.member;
    if constexpr (!objects::Described<Inner>) {
      const std::string name = name_of(field.name);
      Column column = named_column(name, field.doc, kind_of<Member>(name));
      column.value = [reach, pointer](const Lookup& lookup, std::size_t row) {
        const T* object = reach(lookup, row);
        return object != nullptr ? value_of(object->*pointer) : Value();
      };
      columns.push_back(std::move(column));
    } else if constexpr (std::same_as<Member, Inner> ||
                         std::same_as<Member, std::optional<Inner>>) {
      const auto further = [reach, pointer](const Lookup& lookup, std::size_t row) -> const Inner* {
        const T* object = reach(lookup, row);
        if (object == nullptr) return nullptr;
        if constexpr (std::same_as<Member, Inner>)
          return &(object->*pointer);
        else
          return object->*pointer ? &*(object->*pointer) : nullptr;
      };
      derive_into<Inner>(columns, further, [outer = field.name](std::string_view inner) {
        return nested_name<Inner>(outer, inner);
      });
    }
  });
}

/// A column that is worked out.
template<class Object>
[[nodiscard]] Column computed(std::string name, Kind kind, std::string_view doc,
                              Value (*value)(const Object&, const Lookup&), TableSet needs = {}) {
  Column column = named_column(std::move(name), doc, kind);
  column.needs = needs;
  column.value = [value](const Lookup& lookup, std::size_t row) {
    return value(lookup.row<Object>(row), lookup);
  };
  return column;
}

/// `first`, then the columns of `Object` that are not among them.
template<class Object>
[[nodiscard]] std::vector<Column> columns_of(std::vector<Column> first) {
  std::vector<Column> derived;
  derive_into<Object>(
      derived, [](const Lookup& lookup, std::size_t row) { return &lookup.row<Object>(row); },
      [](std::string_view name) { return std::string(name); });
  for (Column& column : derived)
    if (find_column(first, column.name) == nullptr) first.push_back(std::move(column));
  return first;
}

} // namespace vitrine::query
