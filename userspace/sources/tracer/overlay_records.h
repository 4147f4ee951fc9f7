// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record_writer.h"
#include "userspace/events/stream.h"
#include "userspace/sources/tracer/layer_check.h"
#include "userspace/sources/tracer/overlay_changes.h"
#include "userspace/sources/tracer/overlay_notice.h"

#include <bitset>
#include <functional>

namespace vitrine::tracer {

/// Makes the records of overlay.* events and counts them: a "CPU" of their own, whose sequence has
/// no gap.
class OverlayRecords {
public:
  using Give = std::function<void(events::Record)>;
  static constexpr std::uint16_t kCpu = 0xffff;

  explicit OverlayRecords(const std::bitset<VITRINE_EVENT_LIMIT>& wanted) : wanted_(wanted) {}

  /// One change that `call` made to `mount`. False when nobody wants to know.
  bool change(const OverlayCall& call, const OverlayMount& mount, const OverlayChange& change,
              const Give& give);
  /// What a look through the lower layer `index` of `mount` found at `now_ns`, CLOCK_BOOTTIME.
  void check(const OverlayMount& mount, std::size_t index, const LayerCheck& check,
             std::uint64_t now_ns, const Give& give);

  /// Adds what was given to `end`.
  void count(events::StreamEnd& end) const;

private:
  template<class T>
  void send(events::RecordWriter<T>& writer, const Give& give);

  std::bitset<VITRINE_EVENT_LIMIT> wanted_;
  std::uint64_t sequence_ = 0;
  std::array<std::uint64_t, VITRINE_EVENT_LIMIT> given_ = {};
};

} // namespace vitrine::tracer
