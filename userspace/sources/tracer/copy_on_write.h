// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"
#include "userspace/sources/tracer/overlay_changes.h"
#include "userspace/sources/tracer/overlay_notice.h"
#include "userspace/sources/tracer/overlay_records.h"
#include "userspace/sources/tracer/upper_watch.h"

#include <bitset>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrine::tracer {

/// Makes the overlay.* events, of what the programs tell in notices and what fanotify tells of the
/// upper directories. Each change becomes one event, with all who saw it.
class CopyOnWrite {
public:
  using Give = OverlayRecords::Give;
  /// A watched call has ended, and its events have been given: its thread, when it was entered.
  using Ended = std::function<void(std::uint32_t, std::uint64_t)>;

  /// `joined_layers`: see joined_layers.h.
  CopyOnWrite(const std::bitset<VITRINE_EVENT_LIMIT>& wanted, bool joined_layers);

  /// Whether any overlay event is wanted: else nothing ever happens here.
  [[nodiscard]] bool active() const { return active_; }
  /// What cannot be seen here, in words for StreamStart::notes.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  void call_began(const ev_begin& begin);
  /// A notice of the programs (notice_type).
  void take(vitrine_notice type, std::span<const std::byte> bytes);
  /// Reads what fanotify knows of the calls that have ended, when the ring was read empty. What it
  /// has by then may be of later calls, too: read the ring once more, so that these are known, and
  /// settle.
  void look();
  /// Gives the events of the calls that had ended at the last look.
  void settle(const Give& give, const Ended& ended);
  /// When the first of the calls was entered that have ended but are not settled; `otherwise` if
  /// there is none.
  [[nodiscard]] std::uint64_t unsettled_since(std::uint64_t otherwise) const;
  /// When the trace ends: looks whether the lower layers are unchanged.
  void check_layers(const Give& give);
  /// Adds what was given and what was lost to `end`.
  void count(events::StreamEnd& end) const;

private:
  struct Overlay {
    OverlayMount mount;
    std::vector<LayerDirectory> layers; ///< by index
    bool used = false;                  ///< by somebody who is followed
  };
  /// A change that was given, which a call at the same time may claim, too.
  struct Given {
    std::uint32_t overlay = 0;
    std::string path;
    std::uint32_t tid = 0;
    std::uint64_t ended_ns = 0;
  };

  void add_overlay(OverlayMount mount);
  void take_place_of_former(Overlay& overlay);
  void keep_for_later(std::size_t index);
  void settle_call(std::size_t index, const Give& give);
  [[nodiscard]] bool is_of_another(std::size_t index, std::uint32_t overlay,
                                   const NewName& name) const;

  bool active_;
  bool joined_layers_;
  OverlayRecords records_;
  std::vector<std::string> notes_;
  std::optional<UpperWatch> watch_;
  std::map<std::uint32_t, Overlay> overlays_;   // by number
  std::vector<LayerPlace> places_;              // of overlays whose own notice is still to come
  std::map<std::uint32_t, std::uint64_t> open_; // thread → entry of its watched call
  std::vector<OverlayCall> ended_;              // in the order of their ends
  std::size_t looked_at_ = 0;                   // how many of them had ended at the last look
  std::vector<std::vector<UpperEvent>> shares_; // fanotify's events of each of them
  std::map<std::uint32_t, std::deque<UpperEvent>> seen_; // by thread, not yet of any call
  std::deque<Given> given_;
  std::uint64_t begin_ns_; // CLOCK_BOOTTIME
  std::uint64_t lost_ = 0;
};

/// Descriptors of the mount points of all overlays that this process can see: while they are held,
/// the programs can be told of what is behind them (Programs::meet_overlays).
[[nodiscard]] std::vector<UniqueFd> open_overlays();

} // namespace vitrine::tracer
