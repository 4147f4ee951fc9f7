// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/copy_on_write.h"

#include "userspace/kernel/mountinfo.h"
#include "userspace/sources/tracer/call_events.h"
#include "userspace/sources/tracer/call_facts.h"
#include "userspace/sources/tracer/host.h"
#include "userspace/sources/tracer/overlay_files.h"
#include "userspace/sources/tracer/syscall_tracepoints.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <set>

#include <fcntl.h>

namespace vitrine::tracer {
namespace {

constexpr std::size_t kOverlaysBefore = 64;           // as many as the programs keep
constexpr std::uint64_t kSettled = 1'000'000'000;     // ns: ends of calls come no later than that
constexpr std::uint64_t kRemembered = 10'000'000'000; // ns: longer than any call waits here
constexpr auto kCheckTime = std::chrono::milliseconds(500);

/// The same moment on CLOCK_REALTIME, which file systems count by.
std::uint64_t realtime_of(std::uint64_t boot_ns) {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::uint64_t realtime = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
                                 static_cast<std::uint64_t>(now.tv_nsec);
  return realtime - (boot_time_ns() - boot_ns);
}

bool copies_up(const OverlayCall& call, std::uint32_t overlay, const std::string& path) {
  return std::ranges::any_of(call.sightings, [&](const Sighting& sighting) {
    return sighting.what.what == VITRINE_SIGHTING_COPY_UP && sighting.what.overlay == overlay &&
           sighting.path == path;
  });
}

} // namespace

CopyOnWrite::CopyOnWrite(const std::bitset<VITRINE_EVENT_LIMIT>& wanted, bool joined_layers)
    : active_(wants_overlays(wanted)),
      joined_layers_(joined_layers),
      records_(wanted),
      begin_ns_(boot_time_ns()) {
  if (!active_) return;
  auto watch = UpperWatch::start();
  if (watch)
    watch_ = std::move(*watch);
  else
    notes_.push_back(
        fmt::format("changes of overlays are seen in the kernel's structs alone, and when two "
                    "processes make one at the same moment, the wrong one may be named: {}",
                    watch.error().message()));
}

void CopyOnWrite::call_began(const ev_begin& begin) {
  const std::uint32_t call = begin.call & ~VITRINE_CALL_ENDED;
  if (!VITRINE_IS_OVERLAY_CALL(call)) return;
  if (call == begin.call)
    open_[begin.tid] = begin.time_ns;
  else
    open_.erase(begin.tid);
}

void CopyOnWrite::take(vitrine_notice type, std::span<const std::byte> bytes) {
  if (type == VITRINE_NOTICE_OVERLAY_LAYER) {
    if (auto place = decode_layer(bytes)) places_.push_back(std::move(*place));
  } else if (type == VITRINE_NOTICE_OVERLAY_MOUNT) {
    if (auto mount = decode_mount(bytes, joined_layers_)) add_overlay(std::move(*mount));
  } else if (auto call = decode_call(bytes)) {
    const ev_header& header = call->call.header;
    if (const auto open = open_.find(header.tid);
        open != open_.end() && open->second == header.time_ns)
      open_.erase(open);
    ended_.push_back(std::move(*call));
  }
}

void CopyOnWrite::add_overlay(OverlayMount mount) {
  Overlay overlay;
  std::vector<LayerPlace> places;
  for (const LayerPlace& place : places_)
    if (place.overlay == mount.id && place.index == places.size()) places.push_back(place);
  overlay.layers = LayerDirectory::find(places, mount.header.pid);
  std::erase_if(places_, [&](const LayerPlace& place) { return place.overlay == mount.id; });
  overlay.used = mount.used;
  const std::uint32_t id = mount.id;
  overlay.mount = std::move(mount);
  take_place_of_former(overlay);
  // Where it cannot be watched, what it does not see is told by its absence from the witnesses.
  if (watch_ && !overlay.layers.empty() && overlay.layers.front().reachable())
    static_cast<void>(watch_->add(id, overlay.layers.front()));
  overlays_.insert_or_assign(id, std::move(overlay));
}

/// An upper directory is that of one overlay at a time: engines mount a container's again and
/// again.
void CopyOnWrite::take_place_of_former(Overlay& overlay) {
  if (overlay.layers.empty()) return;
  const LayerPlace& upper = overlay.layers.front().place();
  for (auto former = overlays_.begin(); former != overlays_.end();) {
    const auto& layers = former->second.layers;
    if (layers.empty() || !is_same_directory(layers.front().place(), upper)) {
      ++former;
      continue;
    }
    overlay.used |= former->second.used;
    if (watch_) watch_->remove(former->first);
    former = overlays_.erase(former);
  }
}

void CopyOnWrite::look() {
  looked_at_ = ended_.size();
  if (!watch_) return;
  std::set<std::uint32_t> threads;
  for (const auto& [tid, time] : open_)
    threads.insert(tid);
  for (const OverlayCall& call : ended_)
    threads.insert(call.call.header.tid);
  watch_->read([&](std::uint32_t tid) { return threads.contains(tid); });
  for (const std::uint32_t tid : threads)
    for (UpperEvent& event : watch_->take(tid))
      seen_[tid].push_back(std::move(event));
}

/// New inodes show what happened while the call ran. Whether this thread did it, the others know.
bool CopyOnWrite::is_of_another(std::size_t index, std::uint32_t overlay,
                                const NewName& name) const {
  if (name.witnesses != VITRINE_WITNESS_KERNEL) return false;
  const ev_header& header = ended_[index].call.header;
  const auto same = [&](const UpperEvent& event) {
    return event.to.overlay == overlay && event.to.path == name.path;
  };
  for (std::size_t other = 0; other < ended_.size(); ++other)
    if (ended_[other].call.header.tid != header.tid &&
        (std::ranges::any_of(shares_[other], same) || copies_up(ended_[other], overlay, name.path)))
      return true;
  for (const auto& [tid, waiting] : seen_)
    if (tid != header.tid && std::ranges::any_of(waiting, same)) return true;
  for (auto other = given_.rbegin(); other != given_.rend(); ++other) {
    if (other->ended_ns + kSettled < header.time_ns) break;
    if (other->tid != header.tid && other->overlay == overlay && other->path == name.path &&
        other->ended_ns >= header.time_ns)
      return true;
  }
  return false;
}

void CopyOnWrite::settle_call(std::size_t index, const Give& give) {
  const OverlayCall& call = ended_[index];
  const std::vector<UpperEvent>& events = shares_[index];
  std::set<std::uint32_t> touched;
  for (const Sighting& sighting : call.sightings)
    touched.insert(sighting.what.overlay);
  for (const UpperEvent& event : events)
    touched.insert(event.to.overlay);
  if (call.call.overlay != 0) touched.insert(call.call.overlay);
  const ev_header& header = call.call.header;
  if (call.call.incomplete != 0 && !watch_) ++lost_;
  for (const std::uint32_t id : touched) {
    const auto found = overlays_.find(id);
    if (found == overlays_.end()) continue;
    Overlay& overlay = found->second;
    CallFacts facts = facts_of(call, id, events, realtime_of(header.time_ns));
    std::erase_if(facts.names, [&](const NewName& name) { return is_of_another(index, id, name); });
    for (const OverlayChange& change : changes_of(facts, LayersOnDisk(overlay.layers))) {
      overlay.used = true;
      records_.change(call, overlay.mount, change, give);
      given_.push_back({id, change.path, header.tid, header.time_ns + header.duration_ns});
    }
  }
}

/// A call that ended after the look may have more events than it was seen with.
void CopyOnWrite::keep_for_later(std::size_t index) {
  std::deque<UpperEvent>& waiting = seen_[ended_[index].call.header.tid];
  waiting.insert(waiting.begin(), shares_[index].begin(), shares_[index].end());
}

void CopyOnWrite::settle(const Give& give, const Ended& ended) {
  shares_.assign(ended_.size(), {});
  for (auto& [tid, waiting] : seen_)
    share_events(waiting, ended_, tid, open_.contains(tid), shares_);
  for (std::size_t index = 0; index < looked_at_; ++index)
    settle_call(index, give);
  for (std::size_t index = 0; index < looked_at_; ++index)
    ended(ended_[index].call.header.tid, ended_[index].call.header.time_ns);
  std::set<std::uint32_t> going_on;
  for (const auto& [tid, time] : open_)
    going_on.insert(tid);
  for (std::size_t index = ended_.size(); index-- > looked_at_;) { // the first of a thread in front
    keep_for_later(index);
    going_on.insert(ended_[index].call.header.tid);
  }
  ended_.erase(ended_.begin(), ended_.begin() + static_cast<std::ptrdiff_t>(looked_at_));
  looked_at_ = 0;
  std::erase_if(seen_, [&](const auto& entry) { return !going_on.contains(entry.first); });
  const std::uint64_t now = boot_time_ns();
  while (!given_.empty() && given_.front().ended_ns + kRemembered < now)
    given_.pop_front();
}

std::uint64_t CopyOnWrite::unsettled_since(std::uint64_t otherwise) const {
  for (const OverlayCall& call : ended_)
    otherwise = std::min<std::uint64_t>(otherwise, call.call.header.time_ns);
  return otherwise;
}

void CopyOnWrite::check_layers(const Give& give) {
  const auto deadline = std::chrono::steady_clock::now() + kCheckTime;
  for (const auto& [id, overlay] : overlays_) {
    if (!overlay.used) continue;
    const OverlayMount& mount = overlay.mount;
    const std::uint64_t since = mount.mounted ? mount.header.time_ns : begin_ns_;
    const bool upper_is_gone = LayersOnDisk(overlay.layers).upper_is_out_of_reach();
    for (std::size_t index = 1; index < overlay.layers.size(); ++index) {
      UniqueFd directory = overlay.layers[index].open();
      // Removed with the whole overlay, as those that engines try the kernel with: nothing to
      // prove.
      if (!directory.valid() && upper_is_gone && overlay.layers[index].reachable()) continue;
      records_.check(mount, index, check_layer(std::move(directory), realtime_of(since), deadline),
                     boot_time_ns(), give);
    }
  }
}

void CopyOnWrite::count(events::StreamEnd& end) const {
  records_.count(end);
  end.lost[VITRINE_EVENT_overlay_copy_up] += lost_ + (watch_ ? watch_->overflows() : 0);
}

std::vector<UniqueFd> open_overlays() {
  std::vector<UniqueFd> opened;
  const auto mounts = kernel::read_mountinfo();
  if (!mounts) return opened;
  for (auto mount = mounts->rbegin(); mount != mounts->rend(); ++mount) { // newest first
    if (mount->type != "overlay" || opened.size() == kOverlaysBefore) continue;
    UniqueFd fd(::open(mount->mount_point.c_str(), O_PATH | O_CLOEXEC));
    if (fd.valid()) opened.push_back(std::move(fd));
  }
  return opened;
}

} // namespace vitrine::tracer
