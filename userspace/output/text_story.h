// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_layout.h"
#include "userspace/story/step.h"

#include <string>

namespace vitrine::output {

/// How much of the story is told.
enum class Detail : std::uint8_t {
  summary, ///< the final block only
  phases,  ///< each phase on one line, and what failed
  steps,
  events, ///< every event
  calls,  ///< every event, with the call as C would write it
};

struct TextOptions {
  TextStyle style;
  Detail detail = Detail::steps;
};

/// The story as text, as it happens. Everything is appended to a string that the caller writes out.
class TextStory final : public story::Listener {
public:
  /// `out` must outlive the object.
  TextStory(TextOptions options, std::string& out);

  void begin(const events::StreamStart& start) override;
  void phase_begins(const story::PhaseSpan& span) override;
  void step(const story::Step& step) override;
  void phase_ends(const story::PhaseSpan& span) override;
  void end(const story::Summary& summary) override;

private:
  void phase_header(unsigned container, story::Phase phase, std::uint64_t time_ns);
  void actor_heading(const story::Actor& actor);
  [[nodiscard]] std::string actor_column(const story::Actor& actor) const;
  [[nodiscard]] std::vector<Run> runs_of(const story::Step& step) const;
  void line(std::string_view text);

  TextOptions options_;
  std::string& out_;
  std::size_t actor_width_ = 0; ///< of the process column; 0: processes are headings
  bool show_duration_ = true;
  unsigned header_container_ = 0;
  story::Phase header_phase_ = story::Phase::prepare;
  bool any_header_ = false;
  std::uint32_t heading_pid_ = 0;
};

} // namespace vitrine::output
