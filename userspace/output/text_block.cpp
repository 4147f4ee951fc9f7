// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_block.h"

#include "userspace/base/text_escape.h"

#include <algorithm>

namespace vitrine::output {
namespace {

constexpr std::size_t kKeyWidth = 14;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kRuleWidth = 78;

} // namespace

void TextBlock::title(std::string_view text) {
  const std::size_t width = style_.width == 0 ? kRuleWidth : std::min(style_.width, kRuleWidth);
  constexpr std::size_t kFrame = 4;
  std::string title(text);
  if (width > kFrame) title = shorten(style_, std::move(title), width - kFrame);
  const std::size_t used = kFrame + display_width(title);
  lines_.push_back(paint(style_, Ink::dim, rule(style_, 2)) + " " +
                   paint(style_, Ink::title, title) + " " +
                   paint(style_, Ink::dim, rule(style_, width > used ? width - used : 0)));
}

void TextBlock::field(std::string_view key, std::vector<Run> value) {
  const std::size_t margin = kIndent + kKeyWidth + 1;
  const std::size_t width = style_.width > margin ? style_.width - margin : style_.width;
  const auto lines = wrap(style_, value, width);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string shown_key = pad(i == 0 ? std::string(key) : std::string(), kKeyWidth);
    lines_.push_back(std::string(kIndent, ' ') + paint(style_, Ink::dim, shown_key) + " " +
                     lines[i]);
  }
}

} // namespace vitrine::output
