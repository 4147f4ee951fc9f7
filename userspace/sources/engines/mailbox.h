// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/events/container.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vitrine::engines {

/// What passes between those who want to know of containers and the thread that finds out. Bounded
/// in both directions; nobody waits.
class Mailbox {
public:
  Result<void> open();

  /// False: the same hint was put in less than a second ago, or there are too many, which a note
  /// tells.
  bool put_hint(events::ContainerHint hint);
  [[nodiscard]] std::vector<events::ContainerHint> take_hints();

  /// With the present time; in the place of an older note about the same container that was not
  /// taken yet.
  void put_note(const events::ContainerNote& note);
  /// A note about a container that there was no room for.
  void put_refusal(const events::ContainerHint& hint);
  [[nodiscard]] std::vector<events::ContainerNote> take_notes();

  /// Readable while there are notes.
  [[nodiscard]] int ready_fd() const { return ready_.get(); }

  void close() { closed_ = true; }
  [[nodiscard]] bool is_closed() const { return closed_; }

private:
  void put_note_locked(events::ContainerNote note);

  std::mutex mutex_;
  std::vector<events::ContainerHint> hints_;
  std::map<std::string, std::chrono::steady_clock::time_point> recent_;
  std::vector<events::ContainerNote> notes_;
  std::atomic<bool> has_notes_ = false;
  std::atomic<bool> closed_ = false;
  UniqueFd ready_; ///< eventfd(2)
};

} // namespace vitrine::engines
