// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_summary.h"

#include "userspace/base/text_escape.h"
#include "userspace/output/text_container.h"
#include "userspace/output/text_overlay.h"
#include "userspace/story/naming.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace vitrine::output {
namespace {

using story::PhaseSpan;

constexpr std::size_t kBarWidth = 30;
constexpr std::size_t kTitleWidth = 36;
constexpr std::size_t kLeastForBar = 80;
constexpr std::size_t kLeastForBegin = 50;

/// One phase of one container with all its visits.
struct PhaseRow {
  unsigned container = 0;
  story::Phase phase = story::Phase::prepare;
  std::vector<const PhaseSpan*> visits;
};

std::vector<PhaseRow> rows_of(const std::vector<PhaseSpan>& spans, bool several) {
  std::vector<PhaseRow> rows;
  for (const PhaseSpan& span : spans) {
    if (several && span.container == 0 && span.events == 0) continue;
    auto row = std::find_if(rows.begin(), rows.end(), [&](const PhaseRow& known) {
      return known.container == span.container && known.phase == span.phase;
    });
    if (row == rows.end()) row = rows.insert(row, {span.container, span.phase, {}});
    row->visits.push_back(&span);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PhaseRow& a, const PhaseRow& b) { return a.container < b.container; });
  return rows;
}

/// When the phase was, on a line that is as long as the trace.
std::string bar(const TextStyle& style, const PhaseRow& row, std::uint64_t total) {
  std::array<bool, kBarWidth> cells = {};
  const auto column = [&](std::uint64_t time) {
    const double part =
        static_cast<double>(time) / static_cast<double>(std::max<std::uint64_t>(total, 1));
    return std::min(static_cast<std::size_t>(part * kBarWidth), kBarWidth);
  };
  for (const PhaseSpan* visit : row.visits) {
    const std::size_t from = std::min(column(visit->begin_ns), kBarWidth - 1);
    const std::size_t to = std::max(column(visit->end_ns), from + 1);
    std::fill(cells.begin() + static_cast<std::ptrdiff_t>(from),
              cells.begin() + static_cast<std::ptrdiff_t>(to), true);
  }
  std::string text;
  for (const bool filled : cells)
    text += !filled ? " " : style.unicode ? "█" : "#";
  return text;
}

std::string row_title(const TextStyle& style, const story::Summary& summary, unsigned number) {
  if (number == 0) return "of none, or of several";
  for (const story::Container& container : summary.containers)
    if (container.number == number)
      if (const std::string label = container_label(container); !label.empty())
        return shorten(style, shown(style, label), kTitleWidth);
  return fmt::format("container {}", number);
}

void add_phases(TextBlock& block, const story::Summary& summary) {
  const std::vector<PhaseSpan>& spans = summary.phases;
  const TextStyle& style = block.style();
  const bool several = summary.containers.size() > 1;
  const bool bars = style.width == 0 || style.width >= kLeastForBar;
  std::uint64_t total = 0;
  for (const PhaseSpan& span : spans)
    total = std::max(total, span.end_ns);
  block.title("time by phase");
  std::optional<unsigned> container;
  for (const PhaseRow& row : rows_of(spans, several)) {
    if (several && row.container != container)
      block.line(paint(style, Ink::dim, "  " + row_title(style, summary, row.container)));
    container = row.container;
    std::uint64_t took = 0;
    for (const PhaseSpan* visit : row.visits)
      took += visit->end_ns - visit->begin_ns;
    std::string text = "  " + pad(std::string(story::phase_name(row.phase)), 16);
    text += pad_left(duration_text(took), 9);
    if (style.width == 0 || style.width >= kLeastForBegin)
      text +=
          paint(style, Ink::dim,
                fmt::format("  from {:>10} ms", milliseconds_text(row.visits.front()->begin_ns)));
    if (bars) text += "  " + paint(style, Ink::title, bar(style, row, total));
    while (text.ends_with(' '))
      text.pop_back();
    block.line(text);
  }
}

std::string category_counts(const events::EventCounts& counts) {
  std::vector<std::string> words;
  std::string_view category;
  std::uint64_t count = 0;
  const auto add = [&] {
    if (count != 0) words.push_back(fmt::format("{} {}", category, count));
    count = 0;
  };
  for (const events::EventSchema& event : events::all_events()) {
    if (event.category != category) add();
    category = event.category;
    count += counts[event.type];
  }
  add();
  return words.empty() ? "none" : story::joined(words);
}

std::uint64_t sum(const events::EventCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// What a recording that breaks off can tell.
void add_incompleteness(TextBlock& block, const story::Summary& summary) {
  block.field("events", fmt::format("{} until here", summary.end.received));
  block.field("warning",
              {{Ink::warning, "the recording ends here: it was cut off, is damaged, or is "
                              "still being written"}});
  block.field("lost", "unknown");
  if (summary.start.scope == events::Scope::command) block.field("exit status", "unknown");
}

/// Overlays that are not known as a container's root: it was mounted before the trace, or is none.
void add_other_overlays(TextBlock& block, const story::Summary& summary) {
  for (const auto& [upper, use] : summary.overlays) {
    const bool shown = std::ranges::any_of(
        summary.containers, [&upper = upper](const story::Container& container) {
          return container.root && container.root->upper == upper;
        });
    if (shown || upper.empty()) continue;
    const auto owner = std::ranges::find_if(
        summary.containers, [&upper = upper](const story::Container& container) {
          return !container.entered && story::owns_directory(container.note, upper);
        });
    add_overlay_use(block, owner == summary.containers.end() ? story::Container() : *owner, upper,
                    use);
  }
}

void add_completeness(TextBlock& block, const story::Summary& summary) {
  const events::StreamEnd& end = summary.end;
  block.title("this trace");
  if (!end.complete) return add_incompleteness(block, summary);
  block.field("events", fmt::format("{}: {}", sum(end.emitted), category_counts(end.emitted)));
  if (summary.hidden != 0)
    block.field("of other work", fmt::format("{}, not shown", summary.hidden));
  const std::uint64_t lost = sum(end.lost);
  if (lost == 0)
    block.field("lost", {{Ink::good, "0"}});
  else
    block.field("lost",
                {{Ink::bad, fmt::format("{}: {}. The buffer was full; try a larger --buffer", lost,
                                        category_counts(end.lost))}});
  const auto warn = [&](std::uint64_t count, std::string_view words) {
    if (count != 0) block.field("warning", {{Ink::warning, fmt::format("{} {}", count, words)}});
  };
  warn(end.untracked,
       "processes or calls could not be followed: the kernel had no memory for them");
  warn(end.missed_probes, "times the kernel did not run a probe");
  warn(end.late, "events came after their turn: the order above is not exact");
  if (end.received != sum(end.emitted))
    warn(end.received > sum(end.emitted) ? end.received - sum(end.emitted)
                                         : sum(end.emitted) - end.received,
         "events of difference between what the kernel sent and what arrived");
  for (const std::string& note : summary.start.notes)
    block.field("note", shown(block.style(), escape_text(note)));
  if (summary.start.scope == events::Scope::command)
    block.field("exit status", {{end.exit_status == 0 ? Ink::good : Ink::bad,
                                 fmt::format("{}", end.exit_status)}});
}

} // namespace

std::vector<std::string> opening_lines(const TextStyle& style, const events::StreamStart& start) {
  std::vector<std::string> words;
  for (const std::string& argument : start.command)
    words.push_back(shown(style, escape_text(argument)));
  std::vector<std::string> lines =
      wrap(style, {{Ink::bold, fmt::format("$ {}", fmt::join(words, " "))}}, style.width);
  std::string host = fmt::format("{}, Linux {} {}, cgroup {}", escape_text(start.hostname),
                                 escape_text(start.kernel_release), escape_text(start.architecture),
                                 escape_text(start.cgroup_mode));
  for (std::string& text : wrap(style, {{Ink::dim, shown(style, host)}}, style.width))
    lines.push_back(std::move(text));
  return lines;
}

std::vector<std::string> summary_lines(const TextStyle& style, const story::Summary& summary) {
  TextBlock block(style);
  block.blank();
  for (const story::Container& container : summary.containers)
    add_container(block, container, summary);
  if (summary.forgotten != 0)
    block.line(fmt::format("{} came and went: of those that are over, only the last are summed up.",
                           story::counted(summary.forgotten, "more container", "more containers")));
  if (summary.containers.empty() && summary.forgotten == 0)
    block.line("No container was made: no process got a mount or pid namespace of its own.");
  add_other_overlays(block, summary);
  add_phases(block, summary);
  add_completeness(block, summary);
  return block.take();
}

} // namespace vitrine::output
