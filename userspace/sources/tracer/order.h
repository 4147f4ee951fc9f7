// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <cstdint>
#include <map>
#include <vector>

namespace vitrine::tracer {

/// Puts events in order of their entry times. They arrive when calls end, from several CPUs: an
/// event waits until no earlier one can come any more, because the ring was read up to then and no
/// call that began before is still open.
class Order {
public:
  /// The CPUs' ends of the ring differ by microseconds; this is the margin, in nanoseconds.
  static constexpr std::uint64_t kMargin = 2'000'000;
  /// How long one call that does not end (a mount that hangs, vfork of a child that stays) may hold
  /// everything back, in nanoseconds. What ends later comes out of order and counts as late.
  static constexpr std::uint64_t kPatience = 1'000'000'000;

  void add(events::Record record);
  void call_began(const ev_begin& begin);
  /// A call that no event tells of, or whose events have all been added.
  void call_ended(std::uint32_t tid, std::uint64_t time_ns);

  /// The events that may go, in order. `now` is CLOCK_BOOTTIME when the ring was last read empty.
  template<class Give>
  void release(std::uint64_t now, Give&& give) {
    const std::uint64_t horizon = horizon_at(now);
    while (!heap_.empty() && time_of(heap_.front()) < horizon)
      give(pop());
  }
  /// All that is left, at the end.
  template<class Give>
  void flush(Give&& give) {
    while (!heap_.empty())
      give(pop());
  }

  /// Events that came after a later one had gone.
  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] bool empty() const { return heap_.empty(); }

private:
  static std::uint64_t time_of(const events::Record& record) { return record.header().time_ns; }
  void close_call_of(const ev_header& header);
  std::uint64_t horizon_at(std::uint64_t now);
  events::Record pop();

  std::vector<events::Record> heap_;            // by time, earliest first
  std::map<std::uint32_t, std::uint64_t> open_; // thread → entry time of the call it is in
  std::uint64_t released_ = 0;
  std::uint64_t late_ = 0;
};

} // namespace vitrine::tracer
