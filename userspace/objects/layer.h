// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

enum class ChangeKind : std::uint8_t { added, changed, deleted, opaque };

/// A file of an upper directory, against the layers below it.
struct UpperChange {
  ChangeKind kind = ChangeKind::changed;
  std::string path; ///< from the merged root
  std::uint64_t bytes = 0;
  friend bool operator==(const UpperChange&, const UpperChange&) = default;
};

/// A directory that is a layer of at least one overlay mount.
struct Layer {
  LayerId id;
  std::string path;                    ///< as the overlay mount names it
  std::optional<std::string> name;     ///< as its engine calls it: "alpine:3 layer 1 (0d31…)"
  std::optional<std::string> digest;   ///< of the image layer, "sha256:…"
  std::vector<MountId> upper_of;       ///< the overlays that write into it
  std::vector<MountId> lower_of;       ///< the overlays that have it below
  std::vector<ContainerId> containers; ///< whose root it is part of
  std::optional<std::uint64_t> bytes;  ///< on disk, a hard-linked file once
  std::optional<std::uint64_t> files;
  std::optional<std::vector<UpperChange>> changes; ///< of upper directories, by path
  friend bool operator==(const Layer&, const Layer&) = default;
};

template<>
struct EnumNames<ChangeKind> {
  static constexpr std::pair<ChangeKind, std::string_view> names[] = {
      {ChangeKind::added, "added"},
      {ChangeKind::changed, "changed"},
      {ChangeKind::deleted, "deleted"},
      {ChangeKind::opaque, "opaque"}};
};

template<>
struct Description<UpperChange> {
  using T = UpperChange;
  static constexpr std::string_view name = "upper_change";
  static constexpr std::string_view doc = "A file of an upper directory, against the layers below.";
  static constexpr auto fields =
      std::tuple{Field{"kind", &T::kind, "opaque: a directory that hides what is below it"},
                 Field{"path", &T::path, "from the merged root"}, Field{"bytes", &T::bytes, ""}};
};

template<>
struct Description<Layer> {
  using T = Layer;
  static constexpr std::string_view name = "layer";
  static constexpr std::string_view doc =
      "A directory that is a layer of at least one overlay mount.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "MAJOR:MINOR:INODE"},
                 Field{"path", &T::path, "as the overlay mount names it"},
                 Field{"name", &T::name, "as its engine calls it"},
                 Field{"digest", &T::digest, "of the image layer"},
                 Field{"upper_of", &T::upper_of, "the overlays that write into it"},
                 Field{"lower_of", &T::lower_of, "the overlays that have it below"},
                 Field{"containers", &T::containers, "whose root it is part of"},
                 Field{"bytes", &T::bytes, "on disk, a hard-linked file once"},
                 Field{"files", &T::files, ""},
                 Field{"changes", &T::changes, "of upper directories"}};
};

} // namespace vitrine::objects
