// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "bpf/abi/overlay.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::tracer {

/// What the file system says of a name in the upper directory, some moments after the call.
struct UpperFile {
  bool whiteout = false;
  bool directory = false;
  bool opaque = false;   ///< hides the lower directories of its name
  bool origin = false;   ///< it was copied up, not made here
  bool metacopy = false; ///< only its attributes were
  std::uint64_t inode = 0;
  std::uint64_t born_ns = 0; ///< CLOCK_REALTIME; 0: this file system does not tell
};

/// A name in the topmost lower layer that has it.
struct LowerFile {
  std::int32_t layer = 0; ///< from 1
  std::uint64_t size = 0;
};

/// The layers on disk. Paths begin at the overlay's root. Nothing: not there, or out of reach.
class OverlayFiles {
public:
  OverlayFiles() = default;
  OverlayFiles(const OverlayFiles&) = delete;
  OverlayFiles& operator=(const OverlayFiles&) = delete;
  OverlayFiles(OverlayFiles&&) = delete;
  OverlayFiles& operator=(OverlayFiles&&) = delete;
  virtual ~OverlayFiles() = default;
  [[nodiscard]] virtual std::optional<UpperFile> upper(const std::string& path) const = 0;
  [[nodiscard]] virtual std::optional<LowerFile> lower(const std::string& path) const = 0;
  /// Whether nothing can be said of the upper directory.
  [[nodiscard]] virtual bool upper_is_out_of_reach() const = 0;
};

/// A name that is new in the upper directory.
struct NewName {
  std::string path;
  unsigned witnesses = 0; ///< enum vitrine_witness
  bool directory = false;
  bool whiteout = false;   ///< known to be one; else the file system is asked
  std::uint64_t inode = 0; ///< 0: not known
  std::int64_t size = -1;  ///< of its data now; -1: not known, or it has none
  std::int32_t layer = VITRINE_LAYER_UNKNOWN;
};

/// A move within the upper directory.
struct Move {
  std::string from;
  std::string to;
  unsigned witnesses = 0;
  bool directory = false;
};

/// What all witnesses together tell of one call on one overlay.
struct CallFacts {
  vitrine_call call = VITRINE_CALL_NONE;
  std::uint32_t flags = 0; ///< of open*: O_*; of renameat2: RENAME_*
  bool succeeded = false;
  std::uint64_t entered_ns = 0; ///< CLOCK_REALTIME
  std::uint64_t opened_inode = 0;
  std::int32_t opened_layer = VITRINE_LAYER_UNKNOWN;
  std::optional<Move> move;
  std::vector<NewName> names; ///< in the order in which they came to be, each once
};

/// One change as the overlay.* events tell it.
struct OverlayChange {
  vitrine_event type = VITRINE_EVENT_NONE;
  std::string path;
  std::string from;        ///< of a rename
  std::int32_t layer = 0;  ///< the lower layer concerned, from 1; 0: not known
  std::int64_t bytes = -1; ///< of a copy-up; -1: not known
  bool directory = false;
  unsigned witnesses = 0;
};

/// What the call did to the overlay: nothing when it just made new files. Pure, but for `files`.
[[nodiscard]] std::vector<OverlayChange> changes_of(const CallFacts& facts,
                                                    const OverlayFiles& files);

} // namespace vitrine::tracer
