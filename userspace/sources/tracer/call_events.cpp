// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/call_events.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace vitrine::tracer {
namespace {

std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Whether the notice of the call tells of the path, too. Those of rename and link are texts, which
/// links on the way may have led elsewhere: their last names tell.
bool tells_of(const OverlayCall& call, const std::string& path) {
  const auto moved = [&](const std::string& text) {
    return !text.empty() && last_name(text) == last_name(path);
  };
  return moved(call.from) || moved(call.to) ||
         std::ranges::any_of(call.sightings,
                             [&](const Sighting& sighting) { return sighting.path == path; });
}

bool has_path(const std::vector<UpperEvent>& events, const std::string& path) {
  return std::ranges::any_of(events,
                             [&](const UpperEvent& event) { return event.to.path == path; });
}

class Sharing {
public:
  Sharing(const std::vector<OverlayCall>& calls, std::uint32_t tid,
          std::vector<std::vector<UpperEvent>>& shares)
      : calls_(calls), shares_(shares) {
    for (std::size_t index = 0; index < calls.size(); ++index)
      if (calls[index].call.header.tid == tid) own_.push_back(index);
  }

  void run(std::deque<UpperEvent>& waiting, bool in_call) {
    if (own_.empty()) return;
    while (!waiting.empty()) {
      if (const auto next = call_of(waiting.front().to.path))
        at_ = *next;
      else if (in_call && !later_is_known(waiting))
        return;
      shares_[own_[at_]].push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
  }

private:
  /// The first call from the present one on that tells of the path. One that has had an event of
  /// the path leaves the next to a later call, if that tells of it as well.
  [[nodiscard]] std::optional<std::size_t> call_of(const std::string& path) const {
    std::optional<std::size_t> found;
    for (std::size_t at = at_; at < own_.size(); ++at) {
      if (!tells_of(calls_[own_[at]], path)) continue;
      if (!has_path(shares_[own_[at]], path)) return at;
      if (!found) found = at;
    }
    return found;
  }

  [[nodiscard]] bool later_is_known(const std::deque<UpperEvent>& waiting) const {
    return std::any_of(waiting.begin() + 1, waiting.end(),
                       [&](const UpperEvent& event) { return call_of(event.to.path).has_value(); });
  }

  const std::vector<OverlayCall>& calls_;
  std::vector<std::vector<UpperEvent>>& shares_;
  std::vector<std::size_t> own_; // indexes of the thread's calls
  std::size_t at_ = 0;           // in own_: the call of the last event
};

} // namespace

void share_events(std::deque<UpperEvent>& waiting, const std::vector<OverlayCall>& calls,
                  std::uint32_t tid, bool in_call, std::vector<std::vector<UpperEvent>>& shares) {
  Sharing(calls, tid, shares).run(waiting, in_call);
}

} // namespace vitrine::tracer
