// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/world/container_id.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vitrine::world {

/// A container that somebody spoke of.
struct KnownContainer {
  events::ContainerLabel label;
  bool ours = false;          ///< a traced process named it, or made it
  unsigned open_requests = 0; ///< of traced processes, about it
  std::uint64_t doubt = 0;    ///< OpenRequests::doubt_number() when it came up; 0: there was none
  unsigned living = 0;        ///< processes that belong to it
  bool ended = false;         ///< had living processes and has none now
  std::vector<std::string> directories; ///< that only it uses
};

/// The containers of a stream, by id, by name and by the directories that they alone use. Holds
/// some thousand at most: those that nobody refers to go first.
class KnownContainers {
public:
  using Pointer = std::shared_ptr<KnownContainer>;

  /// The container with this id and no other engine; made when it is new. What the mention knows
  /// more than the label is added. Null when the id cannot be one.
  Pointer of(const ContainerMention& mention);

  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  /// By id, by its first twelve digits or more, or by name; null when unknown.
  Pointer find(std::string_view id_or_name);

  /// The container that has the longest known directory at or above `path`; or, when there is none,
  /// whose full id is a part of it. Null when several claim the directory. Its sibling "…-init"
  /// counts as the directory: dockerd prepares a layer there.
  Pointer by_path(std::string_view path) const;

  /// Directories near the root are not believed: nobody has them for himself.
  void add_directory(const Pointer& container, std::string_view directory);

private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Directories =
      std::unordered_map<std::string, std::weak_ptr<KnownContainer>, Hash, std::equal_to<>>;

  [[nodiscard]] Directories::const_iterator find_directory(std::string_view path) const;
  void make_room();

  std::unordered_multimap<std::string, Pointer, Hash, std::equal_to<>> by_id_;
  Directories directories_; ///< expired: several have claimed it
};

} // namespace vitrine::world
