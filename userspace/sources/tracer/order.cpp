// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/order.h"

#include <algorithm>

namespace vitrine::tracer {
namespace {

/// For std heaps, whose front is the largest: the earliest event. Equal times keep the order in
/// which one CPU saw them.
struct Later {
  bool operator()(const events::Record& a, const events::Record& b) const {
    const ev_header& left = a.header();
    const ev_header& right = b.header();
    if (left.time_ns != right.time_ns) return left.time_ns > right.time_ns;
    return left.sequence > right.sequence;
  }
};

bool ends_thread(const ev_header& header) {
  return header.type == VITRINE_EVENT_process_exit;
}

} // namespace

void Order::add(events::Record record) {
  close_call_of(record.header());
  heap_.push_back(std::move(record));
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

void Order::close_call_of(const ev_header& header) {
  const auto open = open_.find(header.tid);
  if (open != open_.end() && (open->second == header.time_ns || ends_thread(header))) {
    open_.erase(open);
    return;
  }
  if (header.type != VITRINE_EVENT_process_exec) return; // a kernel event inside another call
  // A thread that executes takes over its leader's id: the call began under another one.
  std::erase_if(open_, [&](const auto& entry) { return entry.second == header.time_ns; });
}

void Order::call_began(const ev_begin& begin) {
  open_[begin.tid] = begin.time_ns;
}

void Order::call_ended(std::uint32_t tid, std::uint64_t time_ns) {
  const auto open = open_.find(tid);
  if (open != open_.end() && open->second == time_ns) open_.erase(open);
}

std::uint64_t Order::horizon_at(std::uint64_t now) {
  std::uint64_t horizon = now > kMargin ? now - kMargin : 0;
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second + kPatience < now) {
      it = open_.erase(it);
      continue;
    }
    horizon = std::min(horizon, it->second);
    ++it;
  }
  return horizon;
}

events::Record Order::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), Later{});
  events::Record record = std::move(heap_.back());
  heap_.pop_back();
  if (time_of(record) < released_)
    ++late_;
  else
    released_ = time_of(record);
  return record;
}

} // namespace vitrine::tracer
