// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/json_fields.h"

#include "userspace/base/text_escape.h"

#include <nlohmann/json.hpp>

namespace vitrine::oci {

using nlohmann::json;

void JsonProblem::note(std::string_view field, std::string_view what) {
  if (error_) return;
  error_ = Error{0, fmt::format("{} {}", field, what), {}};
}

JsonFields::JsonFields(const json& value, std::string name, JsonProblem& problem)
    : value_(&value), name_(std::move(name)), problem_(&problem) {
  if (!value.is_object() && !value.is_null()) note("", "must be an object");
}

std::string JsonFields::name_of(std::string_view field) const {
  if (field.empty()) return name_.empty() ? "the document" : name_;
  return name_.empty() ? escape_text(field) : fmt::format("{}.{}", name_, escape_text(field));
}

void JsonFields::note(std::string_view field, std::string_view what) const {
  problem_->note(name_of(field), what);
}

const json* JsonFields::find(const char* field) const {
  if (!value_->is_object()) return nullptr;
  const auto found = value_->find(field);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool JsonFields::has(const char* field) const {
  const json* value = find(field);
  if (value == nullptr) return false;
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  return !value->empty();
}

void JsonFields::read(const char* field, bool& out) const {
  const json* value = find(field);
  if (value == nullptr) return;
  if (!value->is_boolean()) return note(field, "must be true or false");
  out = value->get<bool>();
}

void JsonFields::read(const char* field, std::string& out) const {
  const json* value = find(field);
  if (value == nullptr) return;
  if (!value->is_string()) return note(field, "must be a string");
  out = value->get_ref<const std::string&>();
  if (out.find('\0') != std::string::npos) note(field, "holds a NUL character");
}

void JsonFields::read(const char* field, std::vector<std::string>& out) const {
  const json* value = find(field);
  if (value == nullptr) return;
  if (!value->is_array()) return note(field, "must be an array of strings");
  out.clear();
  for (const json& element : *value) {
    if (!element.is_string()) return note(field, "must be an array of strings");
    out.push_back(element.get_ref<const std::string&>());
    if (out.back().find('\0') != std::string::npos) note(field, "holds a NUL character");
  }
}

void JsonFields::read(const char* field, std::vector<std::uint32_t>& out) const {
  const json* value = find(field);
  if (value == nullptr) return;
  if (!value->is_array()) return note(field, "must be an array of numbers");
  out.clear();
  for (const json& element : *value) {
    if (!element.is_number_unsigned() || element.get<std::uint64_t>() > UINT32_MAX)
      return note(field, "must be an array of numbers from 0 to 4294967295");
    out.push_back(element.get<std::uint32_t>());
  }
}

std::optional<Integer> JsonFields::integer(const char* field) const {
  const json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  if (value->is_number_integer()) return value->get<std::int64_t>();
  note(field, "must be a whole number");
  return std::nullopt;
}

JsonFields JsonFields::object(const char* field) const {
  static const json kNothing;
  const json* value = find(field);
  return {value == nullptr ? kNothing : *value, name_of(field), *problem_};
}

std::vector<JsonFields> JsonFields::objects(const char* field) const {
  std::vector<JsonFields> elements;
  const json* value = find(field);
  if (value == nullptr) return elements;
  if (!value->is_array()) {
    note(field, "must be an array of objects");
    return elements;
  }
  for (std::size_t i = 0; i < value->size(); ++i)
    elements.emplace_back((*value)[i], fmt::format("{}[{}]", name_of(field), i), *problem_);
  return elements;
}

std::vector<std::string> JsonFields::names() const {
  std::vector<std::string> names;
  if (!value_->is_object()) return names;
  for (const auto& [name, value] : value_->items())
    names.push_back(name);
  return names;
}

void JsonFields::require(const char* field) const {
  if (find(field) == nullptr) note(field, "is missing");
}

void JsonFields::refuse(std::initializer_list<const char*> fields) const {
  for (const char* field : fields)
    if (has(field)) note(field, "is not supported by this runtime");
}

} // namespace vitrine::oci
