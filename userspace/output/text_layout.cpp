// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_layout.h"

#include "userspace/base/text_escape.h"

#include <algorithm>

namespace vitrine::output {
namespace {

/// Lines under construction. A blank is kept back until the word after it turns out to fit.
class Lines {
public:
  Lines(const TextStyle& style, std::size_t width) : style_(style), width_(width) {}

  void add_blanks(std::size_t count) { blanks_ += count; }

  void add_word(Ink ink, std::string_view word) {
    if (width_ != 0 && column_ != 0 && column_ + blanks_ + display_width(word) > width_) new_line();
    while (width_ != 0 && display_width(word) > width_ - std::min(column_ + blanks_, width_)) {
      const std::string_view part = fit_width(word, width_ - std::min(column_ + blanks_, width_));
      // A character wider than the line: print it all the same.
      if (part.empty()) break;
      put(ink, part);
      word.remove_prefix(part.size());
      new_line();
    }
    if (!word.empty()) put(ink, word);
  }

  std::vector<std::string> take() {
    paint_run();
    lines_.push_back(std::move(line_));
    return std::move(lines_);
  }

private:
  void put(Ink ink, std::string_view text) {
    if (ink != ink_) paint_run();
    ink_ = ink;
    (run_.empty() ? line_ : run_).append(blanks_, ' ');
    run_ += text;
    column_ += blanks_ + display_width(text);
    blanks_ = 0;
  }

  void paint_run() {
    line_ += paint(style_, ink_, run_);
    run_.clear();
  }

  void new_line() {
    paint_run();
    lines_.push_back(std::move(line_));
    line_.clear();
    column_ = 0;
    blanks_ = 0;
  }

  const TextStyle& style_;
  std::size_t width_;
  std::vector<std::string> lines_;
  std::string line_; ///< painted, but for the last run
  std::string run_;  ///< words of one ink
  Ink ink_ = Ink::plain;
  std::size_t column_ = 0;
  std::size_t blanks_ = 0;
};

void add_run(Lines& lines, const Run& run) {
  std::string_view rest = run.text;
  while (!rest.empty()) {
    const std::size_t word = std::min(rest.find_first_not_of(' '), rest.size());
    lines.add_blanks(word);
    rest.remove_prefix(word);
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end != 0) lines.add_word(run.ink, rest.substr(0, end));
    rest.remove_prefix(end);
  }
}

} // namespace

std::vector<std::string> wrap(const TextStyle& style, const std::vector<Run>& runs,
                              std::size_t width) {
  Lines lines(style, width);
  for (const Run& run : runs)
    add_run(lines, run);
  return lines.take();
}

std::string fit(const TextStyle& style, std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return pad(std::string(text), width);
  const std::string_view sign = style.unicode ? "…" : "~";
  if (width == 0) return {};
  return pad(std::string(fit_width(text, width - 1)) + std::string(sign), width);
}

std::string shorten(const TextStyle& style, std::string text, std::size_t width) {
  return display_width(text) > width ? fit(style, text, width) : text;
}

std::string pad(std::string text, std::size_t width) {
  const std::size_t has = display_width(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t width) {
  const std::size_t has = display_width(text);
  return has < width ? std::string(width - has, ' ') + text : text;
}

} // namespace vitrine::output
