// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_story.h"

#include "userspace/base/text_escape.h"
#include "userspace/output/text_summary.h"
#include "userspace/story/naming.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::output {
namespace {

constexpr std::size_t kTimeWidth = 10;
constexpr std::size_t kDurationWidth = 8;
constexpr std::size_t kMarkWidth = 2;
constexpr std::size_t kLeastForColumn = 100; ///< narrower: processes are headings between the steps
constexpr std::size_t kLeastForDuration = 60;
constexpr std::size_t kPipeActorWidth = 28;
constexpr std::size_t kPipeRuleWidth = 78;
constexpr unsigned kMaxIndent = 6;
constexpr std::size_t kMaxLabel = 24;

bool quiet(Detail detail) {
  return detail <= Detail::phases;
}

/// "4243", "4243/1": the pid, and the one inside where it has another.
std::string pid_text(const story::Actor& actor) {
  if (actor.engine) return {};
  if (actor.pid == 0) return "kernel";
  if (actor.ns_pid == 0 || actor.ns_pid == actor.pid) return fmt::format("{}", actor.pid);
  return fmt::format("{}/{}", actor.pid, actor.ns_pid);
}

std::string_view mark_of(const TextStyle& style, story::Outcome outcome) {
  switch (outcome) {
  case story::Outcome::ok:
    return style.unicode ? "✓" : " ";
  case story::Outcome::probe:
    return style.unicode ? "·" : ".";
  case story::Outcome::failed:
    return style.unicode ? "✗" : "!";
  }
  return " ";
}

Ink ink_of(story::Outcome outcome) {
  switch (outcome) {
  case story::Outcome::ok:
    return Ink::good;
  case story::Outcome::probe:
    return Ink::dim;
  case story::Outcome::failed:
    return Ink::bad;
  }
  return Ink::plain;
}

} // namespace

TextStory::TextStory(TextOptions options, std::string& out) : options_(options), out_(out) {
  const std::size_t width = options_.style.width;
  if (width == 0)
    actor_width_ = kPipeActorWidth;
  else if (width >= kLeastForColumn || (quiet(options_.detail) && width >= kLeastForDuration))
    actor_width_ = std::clamp<std::size_t>(width / 5, 20, 30);
  show_duration_ = width == 0 || width >= kLeastForDuration;
}

void TextStory::line(std::string_view text) {
  while (text.ends_with(' '))
    text.remove_suffix(1);
  out_ += text;
  out_ += '\n';
}

void TextStory::begin(const events::StreamStart& start) {
  if (options_.detail == Detail::summary) return;
  for (const std::string& text : opening_lines(options_.style, start))
    line(text);
  if (quiet(options_.detail)) {
    line(paint(options_.style, Ink::dim, fmt::format("{:>10} {:>9}  phase", "ms", "took")));
    return;
  }
  std::string columns = pad_left("ms", kTimeWidth);
  if (show_duration_) columns += pad_left("took", kDurationWidth + 1);
  if (actor_width_ != 0) columns += "  " + pad("process pid/inside", actor_width_);
  line(paint(options_.style, Ink::dim, columns + "   step"));
}

/// With the second container it becomes needful to say of which one a line is.
void TextStory::see(unsigned container) {
  if (several_ || container <= 1) return;
  several_ = true;
  if (const auto header = headers_.find(0); header != headers_.end()) headers_[1] = header->second;
}

std::string TextStory::label_of(unsigned container) const {
  const auto named = named_.find(container);
  if (named == named_.end()) return fmt::format("container {}", container);
  return shorten(options_.style, shown(options_.style, container_label(named->second)), kMaxLabel);
}

std::string TextStory::tag_of(unsigned container) const {
  return named_.contains(container) ? label_of(container) : fmt::format("{}", container);
}

std::string TextStory::title_of(unsigned container, story::Phase phase) const {
  const std::string name(story::phase_name(phase));
  const auto named = named_.find(container);
  const bool entered = named != named_.end() && named->second.entered;
  const bool labelled = container != 0 && (several_ || entered);
  return labelled ? fmt::format("{}: {}", label_of(container), name) : name;
}

/// What serves several containers is in no phase of its own.
void TextStory::phase_header(unsigned container, story::Phase phase, std::uint64_t time_ns) {
  if (several_ && container == 0) return;
  const auto [last, first] = headers_.try_emplace(several_ ? container : 0, phase);
  if (!first && last->second == phase) return;
  last->second = phase;
  heading_pid_ = 0;
  const TextStyle& style = options_.style;
  const std::string at = milliseconds_text(time_ns) + " ms";
  const std::size_t width =
      style.width == 0 ? kPipeRuleWidth : std::min(style.width, kPipeRuleWidth);
  const std::size_t frame = 2 + 1 + 1 + 1 + display_width(at);
  std::string title = title_of(container, phase);
  if (width > frame) title = shorten(style, std::move(title), width - frame);
  const std::size_t used = frame + display_width(title);
  const std::size_t fill = width > used ? width - used : 0;
  line(paint(style, Ink::dim, rule(style, 2)) + " " + paint(style, Ink::title, title) + " " +
       paint(style, Ink::dim, rule(style, fill) + " " + at));
}

void TextStory::container_named(const story::Container& container) {
  named_[container.number] = container;
}

void TextStory::container_forgotten(unsigned number) {
  named_.erase(number);
  headers_.erase(number);
}

void TextStory::phase_begins(const story::PhaseSpan& span) {
  see(span.container);
  // What is in common becomes known just before the second container, with steps of its own later.
  const bool in_common = span.container == 0 && span.phase == story::Phase::prepare;
  if (in_common && !headers_.empty()) return;
  if (!quiet(options_.detail)) phase_header(span.container, span.phase, span.begin_ns);
}

void TextStory::phase_ends(const story::PhaseSpan& span) {
  if (options_.detail != Detail::phases) return;
  std::string text = pad_left(milliseconds_text(span.begin_ns), kTimeWidth);
  text += " " + pad_left(duration_text(span.end_ns - span.begin_ns), 9) + "  ";
  see(span.container);
  const std::string title = title_of(span.container, span.phase);
  text += paint(options_.style, Ink::title, pad(title, 17) + " ");
  text += paint(options_.style, Ink::dim, story::counted(span.events, "event", "events"));
  if (span.failures != 0)
    text += paint(options_.style, Ink::bad, fmt::format(", {} failed", span.failures));
  line(text);
}

std::string TextStory::actor_column(const story::Actor& actor) const {
  const TextStyle& style = options_.style;
  const std::string pid = pid_text(actor);
  const std::size_t indent = std::min(actor.depth, kMaxIndent);
  const std::size_t left = actor_width_ - std::min(actor_width_, indent + pid.size() + 1);
  const std::string name = shown(style, actor.name);
  const std::string cut = display_width(name) > left ? fit(style, name, left) : name;
  return pad(std::string(indent, ' ') + cut + " " + pid, actor_width_);
}

void TextStory::actor_heading(const story::Actor& actor) {
  if (actor.pid == heading_pid_) return;
  heading_pid_ = actor.pid;
  const std::size_t indent = 2 + std::min(actor.depth, kMaxIndent);
  std::string text = shown(options_.style, actor.name) + " " + pid_text(actor);
  if (const std::size_t width = options_.style.width; width > indent)
    text = fit(options_.style, text, width - indent);
  line(paint(options_.style, Ink::dim, std::string(indent, ' ') + text));
}

std::vector<Run> TextStory::runs_of(const story::Step& step) const {
  const TextStyle& style = options_.style;
  const bool probe = step.outcome == story::Outcome::probe;
  std::vector<Run> runs;
  if (several_ && step.container != 0)
    runs.push_back({Ink::title, "[" + tag_of(step.container) + (step.guessed ? "?] " : "] ")});
  if (step.indent != 0) runs.push_back({Ink::plain, std::string(2 * step.indent, ' ')});
  runs.push_back({probe ? Ink::dim : Ink::bold, step.verb});
  const std::string mark(1, story::kEllipsis);
  const bool in_full = options_.detail >= Detail::events;
  const std::string what = in_full ? step.what : story::with_short_ids(step.what, mark);
  runs.push_back({probe ? Ink::dim : Ink::plain, " " + shown(style, what)});
  if (step.result.empty()) return runs;
  switch (step.outcome) {
  case story::Outcome::ok:
    runs.push_back({Ink::dim, shown(style, fmt::format("  {} {}", story::kArrow, step.result))});
    break;
  case story::Outcome::probe:
    runs.push_back({Ink::dim, "  " + shown(style, step.result)});
    break;
  case story::Outcome::failed:
    runs.push_back({Ink::bad, "  FAILED " + shown(style, step.result)});
  }
  return runs;
}

void TextStory::step(const story::Step& step) {
  const bool failed = step.outcome == story::Outcome::failed;
  if (options_.detail == Detail::summary) return;
  if (options_.detail == Detail::phases && !failed) return;
  if (options_.detail == Detail::steps && step.weight == story::Weight::detail) return;
  const TextStyle& style = options_.style;
  if (!quiet(options_.detail)) phase_header(step.container, step.phase, step.time_ns);
  if (actor_width_ == 0) actor_heading(step.actor);

  std::string left = pad_left(milliseconds_text(step.time_ns), kTimeWidth);
  if (show_duration_)
    left +=
        pad_left(step.duration_ns == 0 ? "" : duration_text(step.duration_ns), kDurationWidth + 1);
  std::string painted = paint(style, Ink::dim, left);
  std::size_t column = display_width(left);
  if (actor_width_ != 0) {
    painted += "  " + actor_column(step.actor);
    column += 2 + actor_width_;
  }
  painted += " " + paint(style, ink_of(step.outcome), mark_of(style, step.outcome)) + " ";
  column += 1 + kMarkWidth;

  const std::size_t width = style.width > column ? style.width - column : style.width;
  const std::string margin(style.width == 0 ? column : std::min(column, style.width), ' ');
  const auto lines = wrap(style, runs_of(step), width);
  for (std::size_t i = 0; i < lines.size(); ++i)
    line((i == 0 ? painted : margin) + lines[i]);
  if (options_.detail == Detail::calls && !step.raw.empty())
    for (const std::string& raw : wrap(style, {{Ink::dim, shown(style, step.raw)}}, width))
      line(margin + raw);
}

void TextStory::end(const story::Summary& summary) {
  for (const std::string& text : summary_lines(options_.style, summary))
    line(text);
}

} // namespace vitrine::output
