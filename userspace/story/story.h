// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/story/facts.h"
#include "userspace/story/makings.h"
#include "userspace/story/mount_chain.h"
#include "userspace/story/request.h"
#include "userspace/story/timeline.h"
#include "userspace/world/attribution.h"

namespace vitrine::story {

/// What the story is to hold beside its steps.
struct StoryOptions {
  bool every_event = false; ///< no calls are told together
  bool raw_calls = false;   ///< each step with the call as C would write it
  events::EventSet selected = events::EventSet().set(); ///< the events that are told
};

/// Tells the events of a traced command as the making of containers. Pure: what it says depends on
/// what it was given only. Events that belong to others are not told, but counted.
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
  [[nodiscard]] TimelineEvent told(const events::Record& record, const Process& caller);
  [[nodiscard]] bool is_about(const events::ContainerNote& note, const Making& making);
  void name_containers();
  void take_notes(Making& making);
  void introduce(const Container& begun);
  void introduce(Making& known);
  void announce(const Making& making);
  void name(Making& making, const events::ContainerNote& note);
  void tell(const events::ContainerNote& note, const Making* making);
  void forget(const Making& old);

  StoryOptions options_;
  Listener& listener_;
  Timeline timeline_;
  events::StreamStart start_;
  world::Attribution attribution_;
  ProcessTree tree_;
  Makings makings_{tree_, timeline_};
  Facts facts_{tree_, makings_.all()};
  OverlayUses overlays_;
  MountChains chains_;
  OpenRequests requests_;
  std::map<std::string, events::ContainerNote> notes_; ///< by engine and id
  std::uint64_t forgotten_ = 0;                        ///< containers
  std::uint64_t now_ns_ = 0;                           ///< since the start, of the last event
};

} // namespace vitrine::story
