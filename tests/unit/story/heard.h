// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/unit/story/sample_trace.h"
#include "userspace/story/naming.h"
#include "userspace/story/story.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::story {

/// Keeps what it was told.
struct Heard final : Listener {
  void begin(const events::StreamStart&) override {}
  void container_forgotten(unsigned number) override { forgotten.push_back(number); }
  void phase_begins(const PhaseSpan& span) override { phases.push_back(span); }
  void step(const Step& told) override { steps.push_back(told); }
  void container_named(const Container& container) override {
    names[container.number] = container_label(container);
  }
  void phase_ends(const PhaseSpan&) override { ++ended; }
  void end(const Summary& told) override { summary = told; }

  std::vector<PhaseSpan> phases;
  std::vector<unsigned> forgotten;
  std::vector<Step> steps;
  std::map<unsigned, std::string> names;
  std::size_t ended = 0;
  Summary summary;
};

inline void tell(Heard& heard, const std::vector<events::Record>& records,
                 StoryOptions options = {}) {
  Story story(options, heard);
  story.start(trace_start());
  for (const events::Record& record : records)
    story.event(record);
  story.end(trace_end(records));
}

inline std::vector<Phase> phases_of(const Heard& heard) {
  std::vector<Phase> phases;
  for (const PhaseSpan& span : heard.phases)
    phases.push_back(span.phase);
  return phases;
}

inline std::string line_of(const Step& step) {
  return step.verb + " " + step.what;
}

/// All steps, a line each.
inline std::vector<std::string> lines_of(const Heard& heard) {
  std::vector<std::string> lines;
  for (const Step& step : heard.steps)
    lines.push_back(line_of(step));
  return lines;
}

inline const Step* find_step(const Heard& heard, std::string_view words) {
  const auto found = std::find_if(heard.steps.begin(), heard.steps.end(), [&](const Step& step) {
    return line_of(step).find(words) != std::string::npos;
  });
  return found == heard.steps.end() ? nullptr : &*found;
}

} // namespace vitrine::story
