// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/covered.h"

#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vitrine::mounts {
namespace {

/// The directory above; empty above "/".
std::string_view directory_of(std::string_view path) {
  if (path == "/") return {};
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

class Covering {
public:
  explicit Covering(std::span<const objects::Mount> mounts) : mounts_(mounts) {
    for (std::size_t i = 0; i < mounts.size(); ++i) {
      index_.emplace(mounts[i].id.id, i);
      if (mounts[i].parent) places_.emplace(mounts[i].parent->id, mounts[i].mount_point);
    }
    reached_.resize(mounts.size(), Reached::Unknown);
  }

  [[nodiscard]] bool covered(std::size_t i) {
    const objects::Mount& mount = mounts_[i];
    return mounted_at(mount, mount.mount_point) || !reached(i);
  }

private:
  enum class Reached : std::uint8_t { Unknown, No, Yes };

  [[nodiscard]] bool mounted_at(const objects::Mount& parent, std::string_view path) const {
    return places_.contains({parent.id.id, path});
  }

  [[nodiscard]] const objects::Mount* parent_of(const objects::Mount& mount) const {
    const auto found = mount.parent ? index_.find(mount.parent->id) : index_.end();
    return found == index_.end() ? nullptr : &mounts_[found->second];
  }

  /// A path leads to where it is mounted. Goes up to the first ancestor whose answer is known: a
  /// mount has as many ancestors as whoever mounts likes, so this is no recursion. What has no end
  /// (parents in a circle, which only a forged document has) counts as not reached.
  [[nodiscard]] bool reached(std::size_t i) {
    std::vector<std::size_t> way;
    Reached answer = Reached::Yes;
    for (std::size_t at = i;;) {
      if (reached_[at] != Reached::Unknown) {
        answer = reached_[at];
        break;
      }
      reached_[at] = Reached::No;
      way.push_back(at);
      const objects::Mount* parent = parent_of(mounts_[at]);
      if (parent == nullptr) break;
      at = static_cast<std::size_t>(parent - mounts_.data());
    }
    for (; !way.empty(); way.pop_back()) {
      const objects::Mount& mount = mounts_[way.back()];
      const objects::Mount* parent = parent_of(mount);
      if (parent != nullptr && hidden_in(*parent, mount)) answer = Reached::No;
      reached_[way.back()] = answer;
    }
    return reached_[i] == Reached::Yes;
  }

  /// Something else of the same parent is mounted on a directory on the way to `mount`.
  [[nodiscard]] bool hidden_in(const objects::Mount& parent, const objects::Mount& mount) const {
    if (mount.mount_point == parent.mount_point) return false;
    for (std::string_view path = directory_of(mount.mount_point); !path.empty();
         path = directory_of(path)) {
      if (mounted_at(parent, path)) return true;
      if (path == parent.mount_point) return false;
    }
    return false;
  }

  std::span<const objects::Mount> mounts_;
  std::unordered_map<std::uint32_t, std::size_t> index_;
  std::set<std::pair<std::uint32_t, std::string_view>> places_; ///< parent and mount point
  std::vector<Reached> reached_;
};

} // namespace

void mark_covered(std::span<objects::Mount> mounts) {
  Covering covering(mounts);
  for (std::size_t i = 0; i < mounts.size(); ++i)
    mounts[i].covered = covering.covered(i);
}

} // namespace vitrine::mounts
