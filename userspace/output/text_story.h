// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/select.h"
#include "userspace/output/text_layout.h"
#include "userspace/story/step.h"

#include <map>
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
  events::EventSet selected = events::EventSet().set(); ///< the events that are told
};

/// The story as text, as it happens. Everything is appended to a string that the caller writes out.
class TextStory final : public story::Listener {
public:
  /// `out` must outlive the object.
  TextStory(TextOptions options, std::string& out);

  void begin(const events::StreamStart& start) override;
  void phase_begins(const story::PhaseSpan& span) override;
  void step(const story::Step& step) override;
  void container_named(const story::Container& container) override;
  void phase_ends(const story::PhaseSpan& span) override;
  void container_forgotten(unsigned number) override;
  void end(const story::Summary& summary) override;

private:
  void phase_header(unsigned container, story::Phase phase, std::uint64_t time_ns);
  void actor_heading(const story::Actor& actor);
  [[nodiscard]] std::string actor_column(const story::Actor& actor) const;
  [[nodiscard]] std::string title_of(unsigned container, story::Phase phase) const;
  [[nodiscard]] std::string label_of(unsigned container) const;
  [[nodiscard]] std::string tag_of(unsigned container) const;
  void see(unsigned container);
  [[nodiscard]] std::vector<Run> runs_of(const story::Step& step) const;
  void line(std::string_view text);

  TextOptions options_;
  std::string& out_;
  std::size_t actor_width_ = 0; ///< of the process column; 0: processes are headings
  bool show_duration_ = true;
  bool several_ = false; ///< containers: each step says of which it is
  std::map<unsigned, story::Container> named_;
  std::map<unsigned, story::Phase> headers_; ///< the last one of each container
  std::uint32_t heading_pid_ = 0;
};

} // namespace vitrine::output
