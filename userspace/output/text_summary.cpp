// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_summary.h"

#include "userspace/base/text_escape.h"
#include "userspace/output/text_container.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace vitrine::output {
namespace {

using story::PhaseSpan;

constexpr std::size_t kBarWidth = 32;
constexpr std::size_t kLeastForBar = 80;

/// Visits of one phase told as one, in order of the first.
std::vector<PhaseSpan> merged(const std::vector<PhaseSpan>& spans, std::uint64_t* total) {
  std::vector<PhaseSpan> phases;
  for (const PhaseSpan& span : spans) {
    *total = std::max(*total, span.end_ns);
    const auto same = std::find_if(phases.begin(), phases.end(), [&](const PhaseSpan& phase) {
      return phase.container == span.container && phase.phase == span.phase;
    });
    if (same == phases.end()) {
      phases.push_back(span);
      continue;
    }
    // The end moves by the time spent, so that times still add up to the whole.
    same->end_ns += span.end_ns - span.begin_ns;
    same->events += span.events;
    same->failures += span.failures;
  }
  std::stable_sort(phases.begin(), phases.end(), [](const PhaseSpan& a, const PhaseSpan& b) {
    return a.container < b.container;
  });
  return phases;
}

std::string bar(const TextStyle& style, const PhaseSpan& span, std::uint64_t total) {
  if (total == 0) return {};
  const auto column = [&](std::uint64_t time) {
    return static_cast<std::size_t>(static_cast<double>(time) / static_cast<double>(total) *
                                    kBarWidth);
  };
  const std::size_t from = std::min(column(span.begin_ns), kBarWidth - 1);
  const std::size_t to = std::clamp(column(span.end_ns), from + 1, kBarWidth);
  std::string cells(from, ' ');
  for (std::size_t i = from; i < to; ++i)
    cells += style.unicode ? "█" : "#";
  return cells;
}

void add_phases(TextBlock& block, const std::vector<PhaseSpan>& spans) {
  const TextStyle& style = block.style();
  std::uint64_t total = 0;
  const auto phases = merged(spans, &total);
  const bool bars = style.width == 0 || style.width >= kLeastForBar;
  block.title("time by phase");
  unsigned container = 0;
  for (const PhaseSpan& span : phases) {
    if (span.container > 1 && span.container != container)
      block.line(paint(style, Ink::dim, fmt::format("  container {}", span.container)));
    container = span.container;
    std::string text = "  " + pad(std::string(story::phase_name(span.phase)), 16);
    text += pad_left(duration_text(span.end_ns - span.begin_ns), 9);
    text +=
        paint(style, Ink::dim, fmt::format("  from {:>10} ms", milliseconds_text(span.begin_ns)));
    if (bars) text += "  " + paint(style, Ink::title, bar(style, span, total));
    block.line(text);
  }
}

std::string category_counts(const std::array<std::uint64_t, VITRINE_EVENT_LIMIT>& counts) {
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

std::uint64_t sum(const std::array<std::uint64_t, VITRINE_EVENT_LIMIT>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void add_completeness(TextBlock& block, const story::Summary& summary) {
  const events::StreamEnd& end = summary.end;
  block.title("this trace");
  block.field("events", fmt::format("{}: {}", sum(end.emitted), category_counts(end.emitted)));
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
  block.field("exit status",
              {{end.exit_status == 0 ? Ink::good : Ink::bad, fmt::format("{}", end.exit_status)}});
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
  if (summary.containers.empty())
    block.line("No container was made: no process got a mount or pid namespace of its own.");
  add_phases(block, summary.phases);
  add_completeness(block, summary);
  return block.take();
}

} // namespace vitrine::output
