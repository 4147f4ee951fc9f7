// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/recording_format.h"

#include <algorithm>
#include <array>

namespace vitrine::events::recording {

/// Appends values: integers little-endian, strings and lists behind their count (32 bits), structs
/// behind their size in bytes (32 bits).
class Encoder {
public:
  explicit Encoder(std::string& out) : out_(out) {}

  template<class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  /// A struct without its size.
  template<class T>
  void fields(const T& structure) {
    code(*this, structure);
  }

private:
  void put(std::integral auto value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof value; ++i, bits >>= 8)
      out_ += static_cast<char>(bits & 0xff);
  }
  template<class T>
  requires std::is_enum_v<T>
  void put(T value) { put(static_cast<std::underlying_type_t<T>>(value)); }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  template<class T>
  void put(const std::vector<T>& list) {
    put_list(list);
  }
  template<class T, std::size_t size>
  void put(const std::array<T, size>& list) {
    put_list(list);
  }
  void put_list(const auto& list) {
    put(static_cast<std::uint32_t>(list.size()));
    for (const auto& value : list)
      put(value);
  }
  template<class T>
  requires std::is_class_v<T>
  void put(const T& structure) {
    std::string bytes;
    Encoder(bytes).fields(structure);
    put(bytes);
  }

  std::string& out_;
};

/// Takes the same values from bytes that anybody may have made. Fields that an older version did
/// not write keep their values; what follows the known fields of a struct is skipped.
class Decoder {
public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  template<class... Values>
  void operator()(Values&... values) {
    (get_unless_at_end(values), ...);
  }
  /// A struct whose bytes are all there are. False: these are none.
  template<class T>
  [[nodiscard]] bool fields(T& structure) {
    code(*this, structure);
    return valid_;
  }

private:
  void get_unless_at_end(auto& value) {
    if (valid_ && !rest_.empty()) get(value);
  }
  std::string_view take(std::size_t size) {
    valid_ = valid_ && size <= rest_.size();
    if (!valid_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  void get(std::integral auto& value) {
    std::uint64_t bits = 0;
    int shift = 0;
    for (const char byte : take(sizeof value)) {
      bits |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
      shift += 8;
    }
    value = static_cast<std::remove_reference_t<decltype(value)>>(bits);
  }
  template<class T>
  requires std::is_enum_v<T>
  void get(T& value) {
    std::underlying_type_t<T> number = {};
    get(number);
    valid_ = valid_ && number <= static_cast<std::underlying_type_t<T>>(last_of(value));
    if (valid_) value = static_cast<T>(number);
  }
  void get(std::string& text) { text = take_counted(); }
  std::string_view take_counted() {
    std::uint32_t size = 0;
    get(size);
    return take(size);
  }
  template<class T>
  void get(std::vector<T>& list) {
    std::uint32_t count = 0;
    get(count);
    // The count may be any number, and a struct of no bytes takes memory all the same.
    if constexpr (std::is_class_v<T> && !std::same_as<T, std::string>)
      valid_ = valid_ && count <= kMostInList;
    for (; valid_ && count > 0; --count)
      get(list.emplace_back());
  }
  template<class T, std::size_t size>
  void get(std::array<T, size>& list) {
    std::vector<T> values;
    get(values);
    for (std::size_t i = 0; i < std::min(size, values.size()); ++i)
      list[i] = values[i];
  }
  template<class T>
  requires std::is_class_v<T>
  void get(T& structure) {
    Decoder inner(take_counted());
    valid_ = valid_ && inner.fields(structure);
  }

  std::string_view rest_;
  bool valid_ = true;
};

} // namespace vitrine::events::recording
