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

/// Whether the notice of the call tells of the name, too. Those of rename and link are texts, which
/// links on the way may have led elsewhere: their last names tell. Others saw what was done
/// meanwhile to the same path of another overlay.
bool tells_of(const OverlayCall& call, const UpperName& name) {
  const auto moved = [&](const std::string& text) {
    return !text.empty() && last_name(text) == last_name(name.path);
  };
  return moved(call.from) || moved(call.to) ||
         std::ranges::any_of(call.sightings, [&](const Sighting& sighting) {
           return sighting.what.overlay == name.overlay && sighting.path == name.path;
         });
}

bool has_name(const std::vector<UpperEvent>& events, const UpperName& name) {
  return std::ranges::any_of(events, [&](const UpperEvent& event) { return event.to == name; });
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
      if (const auto next = call_of(waiting.front().to))
        at_ = *next;
      else if (in_call && !later_is_known(waiting))
        return;
      shares_[own_[at_]].push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
  }

private:
  /// The first call from the present one on that tells of the name. One that has had an event of
  /// the name leaves the next to a later call, if that tells of it as well.
  [[nodiscard]] std::optional<std::size_t> call_of(const UpperName& name) const {
    std::optional<std::size_t> found;
    for (std::size_t at = at_; at < own_.size(); ++at) {
      if (!tells_of(calls_[own_[at]], name)) continue;
      if (!has_name(shares_[own_[at]], name)) return at;
      if (!found) found = at;
    }
    return found;
  }

  [[nodiscard]] bool later_is_known(const std::deque<UpperEvent>& waiting) const {
    return std::any_of(waiting.begin() + 1, waiting.end(),
                       [&](const UpperEvent& event) { return call_of(event.to).has_value(); });
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
