// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_changes.h"

#include <algorithm>
#include <string_view>

#include <fcntl.h>
#include <linux/fs.h>

namespace vitrine::tracer {
namespace {

/// Inodes also become new to the kernel when it reads old ones from disk.
bool is_old(const NewName& name, const UpperFile& upper, std::uint64_t entered_ns) {
  constexpr std::uint64_t kTick = 20'000'000; // ns: file systems take the time of the last tick
  return name.witnesses == VITRINE_WITNESS_KERNEL && upper.inode == name.inode &&
         upper.born_ns != 0 && upper.born_ns + kTick < entered_ns;
}

bool is_above(std::string_view directory, std::string_view path) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

class Changes {
public:
  Changes(const CallFacts& facts, const OverlayFiles& files) : facts_(facts), files_(files) {}

  std::vector<OverlayChange> find() {
    for (const NewName& name : facts_.names)
      add(name);
    if (facts_.move) add_move(*facts_.move);
    return std::move(changes_);
  }

private:
  void add(const NewName& name);
  void add_move(const Move& move);
  void add_opaque(const NewName& name);
  void add_whiteout(const std::string& path, unsigned witnesses);
  [[nodiscard]] bool is_leaf(const NewName& name) const;
  [[nodiscard]] bool was_made(const NewName& name, const std::optional<UpperFile>& upper) const;
  [[nodiscard]] std::int64_t bytes_copied(const NewName& name,
                                          const std::optional<UpperFile>& upper) const;
  [[nodiscard]] std::int32_t layer_of(const NewName& name) const;

  const CallFacts& facts_;
  const OverlayFiles& files_;
  std::vector<OverlayChange> changes_;
};

/// Directories on the way are copied up before what the call is about.
bool Changes::is_leaf(const NewName& name) const {
  return std::ranges::none_of(
      facts_.names, [&](const NewName& other) { return is_above(name.path, other.path); });
}

/// Whether the call made the file, so that nothing was copied.
bool Changes::was_made(const NewName& name, const std::optional<UpperFile>& upper) const {
  if (!facts_.succeeded || !is_leaf(name)) return false;
  if (VITRINE_IS_CREATION(facts_.call)) return true;
  // A hard link to a file that is copied up first has two new names: the second one is the link.
  if (VITRINE_IS_LINK(facts_.call)) return !name.directory && name.path == facts_.names.back().path;
  if (!VITRINE_IS_OPEN(facts_.call) || name.directory) return false;
  const bool opened = name.inode != 0 && name.inode == facts_.opened_inode;
  if (opened && facts_.opened_layer != VITRINE_LAYER_UNKNOWN) return facts_.opened_layer == 0;
  if (upper) return !upper->origin;
  return !files_.lower(name.path);
}

std::int32_t Changes::layer_of(const NewName& name) const {
  if (name.layer > 0) return name.layer;
  if (name.inode != 0 && name.inode == facts_.opened_inode && facts_.opened_layer > 0)
    return facts_.opened_layer;
  const auto lower = files_.lower(name.path);
  return lower ? lower->layer : 0;
}

std::int64_t Changes::bytes_copied(const NewName& name,
                                   const std::optional<UpperFile>& upper) const {
  if (name.directory) return 0;
  if (upper && upper->metacopy) return 0;
  if (VITRINE_IS_OPEN(facts_.call) && (facts_.flags & O_TRUNC) != 0 && is_leaf(name)) return 0;
  if (const auto lower = files_.lower(name.path)) return static_cast<std::int64_t>(lower->size);
  return facts_.call == VITRINE_CALL_truncate ? -1 : name.size;
}

void Changes::add_whiteout(const std::string& path, unsigned witnesses) {
  OverlayChange change{.type = VITRINE_EVENT_overlay_whiteout, .path = path, .from = {}};
  const auto lower = files_.lower(path);
  change.layer = lower ? lower->layer : 0;
  change.witnesses = witnesses;
  changes_.push_back(std::move(change));
}

/// The kernel makes every new directory opaque that has nothing to merge with: only one that stands
/// where a lower layer has a file hides anything.
void Changes::add_opaque(const NewName& name) {
  const auto lower = files_.lower(name.path);
  if (!lower) return;
  changes_.push_back({.type = VITRINE_EVENT_overlay_opaque,
                      .path = name.path,
                      .from = {},
                      .layer = lower->layer,
                      .directory = true,
                      .witnesses = name.witnesses});
}

void Changes::add(const NewName& name) {
  const auto upper = files_.upper(name.path);
  if (upper && is_old(name, *upper, facts_.entered_ns)) return;
  const bool seen_in_kernel = (name.witnesses & VITRINE_WITNESS_KERNEL) != 0;
  if (name.whiteout || (!seen_in_kernel && upper && upper->whiteout))
    return add_whiteout(name.path, name.witnesses);
  if (was_made(name, upper)) {
    if (upper && upper->opaque) add_opaque(name);
    return;
  }
  if (VITRINE_IS_REMOVAL(facts_.call) && is_leaf(name) && (!upper || upper->whiteout)) {
    if (upper) add_whiteout(name.path, name.witnesses);
    return; // a directory that overlay made on the way and removed again
  }
  // security_inode_copy_up() is called before the copy: that may have failed.
  if (name.witnesses == VITRINE_WITNESS_FENTRY && !upper && !files_.upper_is_out_of_reach()) return;
  changes_.push_back({.type = VITRINE_EVENT_overlay_copy_up,
                      .path = name.path,
                      .from = {},
                      .layer = layer_of(name),
                      .bytes = bytes_copied(name, upper),
                      .directory = name.directory,
                      .witnesses = name.witnesses});
}

void Changes::add_move(const Move& move) {
  const auto upper = files_.upper(move.to);
  changes_.push_back({.type = VITRINE_EVENT_overlay_rename,
                      .path = move.to,
                      .from = move.from,
                      .directory = move.directory || (upper && upper->directory),
                      .witnesses = move.witnesses});
  // Who saw the move and finds a whiteout in its place has seen that, too.
  const auto left = files_.upper(move.from);
  const auto told = std::ranges::find_if(changes_, [&](const OverlayChange& change) {
    return change.type == VITRINE_EVENT_overlay_whiteout && change.path == move.from;
  });
  if (told != changes_.end())
    told->witnesses |= left && left->whiteout ? move.witnesses : 0;
  else if (left && left->whiteout && (facts_.flags & RENAME_EXCHANGE) == 0)
    add_whiteout(move.from, move.witnesses);
}

} // namespace

std::vector<OverlayChange> changes_of(const CallFacts& facts, const OverlayFiles& files) {
  return Changes(facts, files).find();
}

} // namespace vitrine::tracer
