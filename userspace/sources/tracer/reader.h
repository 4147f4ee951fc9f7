// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/tracer/copy_on_write.h"
#include "userspace/sources/tracer/following.h"
#include "userspace/sources/tracer/order.h"
#include "userspace/sources/tracer/programs.h"

#include <vector>

namespace vitrine::tracer {

/// Between the ring and the sink.
class Reader {
public:
  /// All must outlive the reader. `follow_daemons`: also those that come later.
  Reader(Programs& programs, CopyOnWrite& copy_on_write, events::Sink& sink, bool follow_daemons)
      : programs_(programs),
        copy_on_write_(copy_on_write),
        sink_(sink),
        late_daemons_(programs),
        follow_daemons_(follow_daemons) {}

  /// Reads the ring and gives on what may go. Returns the number of records read.
  Result<std::size_t> read();
  /// Everything left, when nothing more can come.
  Result<void> finish(events::StreamEnd& end);

private:
  Result<Programs::RingRead> drain_ring();
  void take(std::span<const std::byte> bytes);
  void add(events::Record record);
  /// What was read meanwhile; when that is not whole, nothing was settled.
  Result<Programs::RingRead> settle_overlays();
  void note_pause(std::uint64_t now, bool busy);

  Programs& programs_;
  CopyOnWrite& copy_on_write_;
  events::Sink& sink_;
  LateDaemons late_daemons_;
  bool follow_daemons_;
  Order order_;
  std::vector<ev_network_connect> connections_; // of the present look into the ring
  std::vector<std::byte> scratch_;
  std::uint64_t received_ = 0;
  std::uint64_t last_ns_ = 0; // when a record was last read
  bool paused_ = true;
  bool looked_ = false; // at overlays, without having settled what was seen
};

} // namespace vitrine::tracer
