// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/story/container.h"
#include "userspace/story/overlay_use.h"
#include "userspace/story/phase.h"

#include <map>
#include <string>
#include <vector>

namespace vitrine::story {

enum class Outcome : std::uint8_t {
  ok,
  probe,  ///< it failed as programs expect that it may: they were asking
  failed, ///< refused by the kernel; of an exit: by a signal
};

enum class Weight : std::uint8_t {
  step,
  detail, ///< true, but not part of how the container comes to be
};

/// Who did it. The name is escaped.
struct Actor {
  std::string name;
  std::uint32_t pid = 0;    ///< in the initial pid namespace; 0: the kernel on nobody's behalf
  std::uint32_t ns_pid = 0; ///< in its own; 0: not known
  unsigned depth = 0;       ///< generations below the command
  bool engine = false;      ///< no process, but an engine that told something
};

/// One line of the story. Its text is escaped and holds the signs of text.h.
struct Step {
  std::uint64_t time_ns = 0; ///< since the start of the stream
  std::uint64_t duration_ns = 0;
  Actor actor;
  unsigned container = 0; ///< 0: none, not yet, or several
  bool guessed = false;   ///< that it is for this container
  Phase phase = Phase::prepare;
  Weight weight = Weight::step;
  Outcome outcome = Outcome::ok;
  unsigned indent = 0; ///< a call that belongs to the one above it
  unsigned events = 1; ///< how many events it stands for; 0: an engine told it
  std::string verb;    ///< the call's name, mostly
  std::string what;
  std::string result; ///< "fd 5", or why it failed; empty: it just worked
  std::string raw;    ///< the call as C would write it, when asked for
};

/// A stretch of time in which one container was in one phase.
struct PhaseSpan {
  unsigned container = 0; ///< 0: of a command that made none
  Phase phase = Phase::prepare;
  std::uint64_t begin_ns = 0; ///< since the start of the stream
  std::uint64_t end_ns = 0;
  std::uint64_t events = 0;
  std::uint64_t failures = 0; ///< probing not counted
};

/// All that remains to be told at the end.
struct Summary {
  events::StreamStart start;
  events::StreamEnd end;
  std::uint64_t hidden = 0;      ///< events that were not told: what daemons did for others
  std::vector<PhaseSpan> phases; ///< in order of time
  std::vector<Container> containers;
  std::uint64_t forgotten = 0; ///< containers that are over and were let go of
  std::map<CgroupPlace, std::vector<Limit>> limits;
  OverlayUses overlays;
};

/// Who listens to the story: a printer, a test. Calls come in the order of time.
class Listener {
public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  Listener(Listener&&) = delete;
  Listener& operator=(Listener&&) = delete;
  virtual ~Listener() = default;
  virtual void begin(const events::StreamStart& start) = 0;
  virtual void phase_begins(const PhaseSpan& span) = 0;
  virtual void step(const Step& step) = 0;
  /// A container has a name now, or is known as one that was entered.
  virtual void container_named(const Container& container) = 0;
  virtual void phase_ends(const PhaseSpan& span) = 0;
  /// Nothing more will be told of the container, nor is it summed up.
  virtual void container_forgotten(unsigned number) = 0;
  virtual void end(const Summary& summary) = 0;
};

} // namespace vitrine::story
