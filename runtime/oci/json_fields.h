// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace vitrine::oci {

/// Wide enough for every 64-bit number, signed or not.
__extension__ using Integer = __int128;

/// Where a reader of a JSON document notes the first thing that is wrong with it; later ones are
/// dropped, so that a reader can go on to its end and ask once.
class JsonProblem {
public:
  void note(std::string_view field, std::string_view what);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
  std::optional<Error> error_;
};

/// The fields of one JSON object. A field of the wrong type is noted as a problem under its full
/// name ("linux.resources.memory.limit"). An absent or null field leaves `out` as it was. The
/// document and the problem must outlive it.
class JsonFields {
public:
  JsonFields(const nlohmann::json& value, std::string name, JsonProblem& problem);

  void read(const char* field, bool& out) const;
  void read(const char* field, std::string& out) const;
  void read(const char* field, std::vector<std::string>& out) const;
  void read(const char* field, std::vector<std::uint32_t>& out) const;
  template<class Number>
  void read_number(const char* field, Number& out) const {
    if (const auto number = number_between(field, std::numeric_limits<Number>::min(),
                                           std::numeric_limits<Number>::max()))
      out = static_cast<Number>(*number);
  }
  template<class Number>
  void read_number(const char* field, std::optional<Number>& out) const {
    Number number{};
    if (!has(field)) return;
    read_number(field, number);
    out = number;
  }

  /// The field is there, not null, not an empty array, object or string.
  [[nodiscard]] bool has(const char* field) const;
  /// The object in `field`; one without fields when it is absent.
  [[nodiscard]] JsonFields object(const char* field) const;
  /// The objects of the array in `field`.
  [[nodiscard]] std::vector<JsonFields> objects(const char* field) const;
  /// The names of this object's own fields.
  [[nodiscard]] std::vector<std::string> names() const;

  void require(const char* field) const;
  /// Notes a problem for each of `fields` that is given: the specification knows them, we do not.
  void refuse(std::initializer_list<const char*> fields) const;
  /// Notes `what` about `field`, or about the object itself when `field` is empty.
  void note(std::string_view field, std::string_view what) const;

private:
  [[nodiscard]] const nlohmann::json* find(const char* field) const;
  [[nodiscard]] std::string name_of(std::string_view field) const;
  template<class Low, class High>
  [[nodiscard]] std::optional<Integer> number_between(const char* field, Low low, High high) const {
    const auto number = integer(field);
    if (!number) return std::nullopt;
    if (*number >= low && *number <= high) return number;
    note(field, "is out of range");
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Integer> integer(const char* field) const;

  const nlohmann::json* value_;
  std::string name_;
  JsonProblem* problem_;
};

} // namespace vitrine::oci
