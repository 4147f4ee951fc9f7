// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/reader.h"

#include "bpf/abi/control.h"
#include "userspace/sources/tracer/host.h"
#include "userspace/sources/tracer/joined_layers.h"

#include <cstring>
#include <utility>

namespace vitrine::tracer {
namespace {

constexpr std::uint64_t kQuiet = 200'000'000; // ns without an event that count as a pause

} // namespace

Result<std::size_t> Reader::read() {
  const std::uint64_t now = boot_time_ns();
  auto before = drain_ring();
  if (!before) return tl::unexpected(std::move(before).error());
  auto after = settle_overlays();
  if (!after) return tl::unexpected(std::move(after).error());
  const std::size_t count = before->records + after->records;
  for (const ev_network_connect& connect : std::exchange(connections_, {}))
    if (auto followed = late_daemons_.follow(connect); !followed)
      return tl::unexpected(std::move(followed).error());
  // What was not read may be older than all that was.
  if (before->whole && after->whole)
    order_.release(copy_on_write_.unsettled_since(now),
                   [this](const events::Record& record) { sink_.event(record); });
  note_pause(now, count > 0);
  return count;
}

Result<void> Reader::finish(events::StreamEnd& end) {
  auto rest = drain_ring();
  if (!rest) return tl::unexpected(std::move(rest).error());
  // A look that is not settled, one at what has ended since, and what ended after that.
  for (int look = 0; look < 3; ++look)
    if (auto settled = settle_overlays(); !settled)
      return tl::unexpected(std::move(settled).error());
  copy_on_write_.check_layers([this](events::Record record) { add(std::move(record)); });
  copy_on_write_.count(end);
  order_.flush([this](const events::Record& record) { sink_.event(record); });
  end.received = received_;
  end.late = order_.late();
  return {};
}

Result<Programs::RingRead> Reader::drain_ring() {
  return programs_.read_ring([this](std::span<const std::byte> bytes) { take(bytes); });
}

void Reader::take(std::span<const std::byte> bytes) {
  if (bytes.size() == sizeof(ev_begin)) {
    ev_begin begin = {};
    std::memcpy(&begin, bytes.data(), sizeof begin);
    if ((begin.call & VITRINE_CALL_ENDED) != 0)
      order_.call_ended(begin.tid, begin.time_ns);
    else
      order_.call_began(begin);
    copy_on_write_.call_began(begin);
    return;
  }
  if (const auto type = notice_type(bytes)) return copy_on_write_.take(*type, bytes);
  if (programs_.gives_joined_layers()) {
    scratch_.assign(bytes.begin(), bytes.end());
    split_joined_layers(scratch_);
    bytes = scratch_;
  }
  auto record = events::Record::decode(bytes);
  if (!record) return; // not counted as received: the end tells that one is missing
  if (const auto* connect = record->as<ev_network_connect>(); connect && follow_daemons_)
    connections_.push_back(*connect);
  add(std::move(*record));
}

void Reader::add(events::Record record) {
  ++received_;
  order_.add(std::move(record));
}

Result<Programs::RingRead> Reader::settle_overlays() {
  if (!copy_on_write_.active()) return Programs::RingRead();
  if (!looked_) copy_on_write_.look();
  looked_ = true;
  auto read = drain_ring();
  if (!read || !read->whole) return read;
  looked_ = false;
  copy_on_write_.settle(
      [this](events::Record record) { add(std::move(record)); },
      [this](std::uint32_t tid, std::uint64_t time_ns) { order_.call_ended(tid, time_ns); });
  return read;
}

void Reader::note_pause(std::uint64_t now, bool busy) {
  if (busy) {
    last_ns_ = now;
    paused_ = false;
  } else if (!paused_ && order_.empty() && now - last_ns_ >= kQuiet) {
    paused_ = true;
    sink_.pause();
  }
}

} // namespace vitrine::tracer
