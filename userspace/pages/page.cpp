// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/page.h"

#include "userspace/base/text_escape.h"

#include <algorithm>

namespace vitrine::pages {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;        // between a label and its text
constexpr std::size_t kLabel = 20;     // columns
constexpr std::size_t kLeastText = 20; // columns; on a narrower terminal lines are not broken

/// Of those labels that are names of ours; a long foreign one pushes only its own text aside.
std::size_t label_width(const Section& section, const output::TextStyle& style) {
  std::size_t width = 0;
  for (const Entry& entry : section.entries)
    if (const std::size_t has = display_width(output::shown(style, entry.label)); has <= kLabel)
      width = std::max(width, has);
  return width == 0 ? 0 : width + kGap;
}

std::string without_trailing_blanks(std::string line) {
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string entry_text(const Entry& entry, std::size_t label, const output::TextStyle& style) {
  const std::size_t before = kIndent + label;
  std::vector<Run> runs = entry.runs;
  for (Run& run : runs)
    run.text = output::shown(style, run.text);
  const std::size_t width = style.width > before + kLeastText ? style.width - before : 0;
  std::string start =
      std::string(kIndent, ' ') + output::pad(output::shown(style, entry.label), label);
  if (display_width(start) > before) start.append(kGap, ' ');
  std::string text;
  for (const std::string& line : output::wrap(style, runs, width)) {
    text += without_trailing_blanks(start + line) + "\n";
    start.assign(before, ' ');
  }
  return text;
}

} // namespace

void Section::add(std::string_view label, std::string_view text, Ink ink) {
  entries.push_back({escape_text(label), {{ink, escape_text(text)}}});
}

void Section::add_known(std::string_view label, const std::optional<std::string>& text) {
  if (text) add(label, *text);
}

Section& Page::section(std::string_view section_title) {
  return sections.emplace_back(Section{std::string(section_title), {}});
}

std::string page_text(const Page& page, const output::TextStyle& style) {
  std::string text =
      output::paint(style, Ink::title, output::shown(style, escape_text(page.title))) + "\n";
  for (const Section& section : page.sections) {
    if (section.entries.empty()) continue;
    if (!section.title.empty())
      text += "\n" +
              output::paint(style, Ink::bold, output::shown(style, escape_text(section.title))) +
              "\n";
    for (const Entry& entry : section.entries)
      text += entry_text(entry, label_width(section, style), style);
  }
  return text;
}

} // namespace vitrine::pages
