// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/call_facts.h"

#include <algorithm>
#include <string_view>

#include <linux/fs.h>
#include <sys/stat.h>

namespace vitrine::tracer {
namespace {

std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Whether both are the same move, though links on the way may give the paths other texts.
bool same_move(const Move& a, const Move& b) {
  return last_name(a.from) == last_name(b.from) && last_name(a.to) == last_name(b.to);
}

NewName name_of(const Sighting& sighting) {
  const ev_overlay_sighting& what = sighting.what;
  NewName name{.path = sighting.path};
  name.witnesses =
      what.what == VITRINE_SIGHTING_COPY_UP ? VITRINE_WITNESS_FENTRY : VITRINE_WITNESS_KERNEL;
  name.directory = S_ISDIR(what.mode);
  name.whiteout = S_ISCHR(what.mode) && what.rdev == 0;
  // Of the one inode that many whiteouts share nothing can be told of this one.
  name.inode = what.what == VITRINE_SIGHTING_INODE ? what.inode : 0;
  name.size = S_ISREG(what.mode) ? what.size : 0;
  name.layer = what.layer;
  if (what.what != VITRINE_SIGHTING_COPY_UP) return name;
  name.whiteout = false; // a device 0:0 of a lower layer is none
  return name;
}

class Facts {
public:
  Facts(const OverlayCall& call, std::uint32_t overlay) : call_(call), overlay_(overlay) {
    facts_.call = static_cast<vitrine_call>(call.call.call);
    facts_.flags = call.call.flags;
    facts_.succeeded = call.call.header.result >= 0;
    facts_.opened_inode = call.call.opened_inode;
    facts_.opened_layer = call.call.opened_layer;
  }

  CallFacts put_together(const std::vector<UpperEvent>& events) {
    find_move(events);
    // Directories are copied up before a file in them is hidden.
    for (const auto kind : {VITRINE_SIGHTING_INODE, VITRINE_SIGHTING_WHITEOUT})
      for (auto sighting = call_.sightings.rbegin(); sighting != call_.sightings.rend(); ++sighting)
        if (sighting->what.what == kind) add_sighting(*sighting);
    for (const Sighting& sighting : call_.sightings)
      if (sighting.what.what == VITRINE_SIGHTING_COPY_UP) add_sighting(sighting);
    for (const UpperEvent& event : events)
      if (event.to.overlay == overlay_) add_event(event);
    return std::move(facts_);
  }

private:
  void find_move(const std::vector<UpperEvent>& events) {
    if (!VITRINE_IS_RENAME(facts_.call) || !facts_.succeeded) return;
    std::optional<Move> told;
    if (call_.call.overlay == overlay_ && !call_.from.empty() && !call_.to.empty() &&
        call_.from != call_.to)
      told = Move{call_.from, call_.to, VITRINE_WITNESS_KERNEL, false};
    for (const UpperEvent& event : events) {
      if (event.to.overlay != overlay_ || !event.from || event.from->overlay != overlay_) continue;
      Move seen{event.from->path, event.to.path, VITRINE_WITNESS_FANOTIFY, event.directory};
      if (told && !same_move(*told, seen)) continue;
      if (told) seen.witnesses |= VITRINE_WITNESS_KERNEL;
      facts_.move = std::move(seen);
      return;
    }
    facts_.move = std::move(told);
  }

  /// A file that is copied up to be renamed has its new name when the call has ended.
  void add_sighting(const Sighting& sighting) {
    if (sighting.what.overlay != overlay_) return;
    NewName name = name_of(sighting);
    if (facts_.move && sighting.what.what == VITRINE_SIGHTING_INODE) {
      if (name.path.empty() || (name.path == facts_.move->to && !name.whiteout))
        name.path = facts_.move->from;
      else if (name.path == facts_.move->from && (facts_.flags & RENAME_EXCHANGE) != 0)
        name.path = facts_.move->to;
    }
    if (!name.path.empty()) add(std::move(name));
  }

  void add_event(const UpperEvent& event) {
    if (facts_.move && event.from) return; // the move itself, or its other half of an exchange
    add({.path = event.to.path,
         .witnesses = VITRINE_WITNESS_FANOTIFY,
         .directory = event.directory});
  }

  void add(NewName name) {
    // fanotify does not tell what a whiteout is: a name of it may be either.
    const auto known = std::ranges::find_if(facts_.names, [&](const NewName& other) {
      return other.path == name.path &&
             (other.whiteout == name.whiteout || name.witnesses == VITRINE_WITNESS_FANOTIFY);
    });
    if (known == facts_.names.end()) {
      facts_.names.push_back(std::move(name));
      return;
    }
    known->witnesses |= name.witnesses;
    known->directory |= name.directory;
    if (known->inode == 0) known->inode = name.inode;
    if (known->size < 0) known->size = name.size;
    if (known->layer == VITRINE_LAYER_UNKNOWN) known->layer = name.layer;
  }

  const OverlayCall& call_;
  std::uint32_t overlay_;
  CallFacts facts_;
};

} // namespace

CallFacts facts_of(const OverlayCall& call, std::uint32_t overlay,
                   const std::vector<UpperEvent>& events, std::uint64_t entered_ns) {
  CallFacts facts = Facts(call, overlay).put_together(events);
  facts.entered_ns = entered_ns;
  return facts;
}

} // namespace vitrine::tracer
