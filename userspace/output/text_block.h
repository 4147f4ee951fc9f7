// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::output {

/// Lines of "key  value", the values under each other and wrapped to the width.
class TextBlock {
public:
  explicit TextBlock(const TextStyle& style) : style_(style) {}

  void title(std::string_view text);
  /// A key may be empty: the value stands under the one before.
  void field(std::string_view key, std::vector<Run> value);
  void field(std::string_view key, std::string value) {
    field(key, {{Ink::plain, std::move(value)}});
  }
  void blank() { lines_.emplace_back(); }
  void line(std::string text) { lines_.push_back(std::move(text)); }

  [[nodiscard]] const TextStyle& style() const { return style_; }
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

private:
  const TextStyle& style_;
  std::vector<std::string> lines_;
};

} // namespace vitrine::output
