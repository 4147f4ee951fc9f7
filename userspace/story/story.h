// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/story/facts.h"
#include "userspace/story/timeline.h"

namespace vitrine::story {

/// What the story is to hold beside its steps.
struct StoryOptions {
  bool every_event = false; ///< no calls are told together
  bool raw_calls = false;   ///< each step with the call as C would write it
};

/// Tells the events of a traced command as the making of containers. Pure: what it says depends on
/// what it was given only.
class Story final : public events::Sink {
public:
  Story(StoryOptions options, Listener& listener);

  void start(const events::StreamStart& start) override;
  void event(const events::Record& record) override;
  void container(const events::ContainerNote& note) override;
  /// Tells what waits for calls that belong to it.
  void pause() override { timeline_.settle(); }
  void end(const events::StreamEnd& end) override;

private:
  [[nodiscard]] std::uint64_t since_start(std::uint64_t time_ns) const;
  void recognise(const events::Record& record, Process& caller);
  void become_container(Process& first, unsigned parent, std::uint64_t time_ns);
  void split_making(Process& first, std::uint64_t time_ns);
  std::size_t begin_making(const ProcessKey& root);
  void move_to(Making& making, Phase phase, std::uint64_t time_ns);
  void advance(const events::Record& record, Process& caller);
  void end_container(const events::Record& record, const Process& caller);
  [[nodiscard]] bool last_inside(const Process& process);
  [[nodiscard]] Step step_of(const events::Record& record, const Process& caller,
                             std::uint64_t time_ns) const;

  StoryOptions options_;
  Listener& listener_;
  Timeline timeline_;
  events::StreamStart start_;
  ProcessTree tree_;
  std::vector<Making> makings_;
  Facts facts_{tree_, makings_};
  std::map<std::string, events::ContainerNote> notes_; ///< by id
  unsigned containers_ = 0;
};

} // namespace vitrine::story
