// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"
#include "userspace/sources/tracer/layer_directory.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vitrine::tracer {

/// A name in an upper directory.
struct UpperName {
  std::uint32_t overlay = 0;
  std::string path; ///< from the overlay's root on
  friend bool operator==(const UpperName&, const UpperName&) = default;
};

/// What fanotify(7) tells of upper directories: a name that came to be, or moved.
struct UpperEvent {
  bool directory = false;
  std::optional<UpperName> from; ///< of a move within an upper directory
  UpperName to;
};

/// Watches the file systems of upper directories. A file system, not the directories: one system
/// call may copy up a whole chain of them, of which all but the first would be made before anyone
/// could watch. Whoever makes, links or renames files elsewhere on it pays for an event that is
/// thrown away here.
class UpperWatch {
public:
  /// An error where fanotify is missing or refused.
  static Result<UpperWatch> start();

  /// Watches the file system of an overlay's upper directory from now on.
  Result<void> add(std::uint32_t overlay, const LayerDirectory& upper);
  /// Its events are no longer told; its file system may have other overlays and stays marked.
  void remove(std::uint32_t overlay) { roots_.erase(overlay); }
  [[nodiscard]] bool watches(std::uint32_t overlay) const { return roots_.contains(overlay); }

  /// Reads what has happened until now. Only events of the threads that `interesting` says yes to
  /// are kept until they are taken; others are kept until the next reading, as the news of their
  /// call may just be on its way.
  template<class Interesting>
  void read(Interesting&& interesting) {
    ++round_;
    read_queue();
    std::erase_if(waiting_, [&](const auto& entry) {
      return entry.second.last_round < round_ && !interesting(entry.first);
    });
  }
  /// What waits for a thread, in order.
  std::vector<UpperEvent> take(std::uint32_t tid);
  /// Events that the kernel had no memory for.
  [[nodiscard]] std::uint64_t overflows() const { return overflows_; }

private:
  /// One side of an event as it comes: a directory's file handle, and a name in it.
  struct RawName {
    std::uint64_t file_system = 0;
    std::vector<std::byte> handle; ///< struct file_handle
    std::string name;
  };
  struct RawEvent {
    bool directory = false;
    std::optional<RawName> from;
    RawName to;
  };
  struct Waiting {
    std::uint64_t last_round = 0;
    std::deque<RawEvent> events;
  };
  struct Root {
    std::uint64_t file_system = 0;
    LayerDirectory directory;
  };

  UpperWatch() = default;
  void read_queue();
  void take_event(const std::byte* event);
  [[nodiscard]] std::optional<UpperName> resolve(const RawName& name) const;

  UniqueFd fd_;
  std::uint64_t mask_ = 0;
  std::map<std::uint32_t, Root> roots_;      // by overlay
  std::map<std::uint32_t, Waiting> waiting_; // by thread
  std::uint64_t round_ = 0;
  std::uint64_t overflows_ = 0;
};

} // namespace vitrine::tracer
