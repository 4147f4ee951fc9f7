// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

/// What an overlay mount is stacked of, as the kernel has it.
struct OverlayDirectories {
  std::vector<std::string> lower;         ///< topmost first
  std::uint32_t data_only = 0;            ///< so many of the last of `lower` give data only
  std::optional<std::string> upper, work; ///< none: read-only
  std::vector<LayerId> lower_layers;      ///< of `lower`, one each, where all could be reached
  std::optional<LayerId> upper_layer;
  friend bool operator==(const OverlayDirectories&, const OverlayDirectories&) = default;
};

/// A mount of any mount namespace: a line of proc_pid_mountinfo(5).
struct Mount {
  MountId id;
  std::optional<UniqueId> unique_id; ///< Linux 6.8: never used again
  std::optional<MountId> parent;     ///< none of a namespace's root
  std::string mount_point;           ///< from the root of its mount namespace
  std::string root;                  ///< the directory of the file system that is mounted
  std::string type;                  ///< of the file system
  std::string source;
  std::uint32_t device_major = 0, device_minor = 0;
  std::vector<std::string> options;       ///< of the mount
  std::vector<std::string> super_options; ///< of the file system
  std::optional<std::uint64_t> peer_group, master_group, propagate_from;
  bool unbindable = false;
  bool covered = false;                      ///< another mount is on top of it: no path leads here
  std::optional<NamespaceId> namespace_file; ///< a namespace that is kept alive by this mount
  std::optional<OverlayDirectories> overlay;
  std::optional<ContainerId> container; ///< whose mount namespace it is in
  friend bool operator==(const Mount&, const Mount&) = default;
};

template<>
struct Description<OverlayDirectories> {
  using T = OverlayDirectories;
  static constexpr std::string_view name = "overlay_directories";
  static constexpr std::string_view doc = "What an overlay mount is stacked of.";
  static constexpr auto fields = std::tuple{
      Field{"lower", &T::lower, "topmost first"},
      Field{"data_only", &T::data_only, "so many of the last of lower give data only"},
      Field{"upper", &T::upper, ""},
      Field{"work", &T::work, ""},
      Field{"lower_layers", &T::lower_layers, "one for each of lower, where all could be reached"},
      Field{"upper_layer", &T::upper_layer, ""}};
};

template<>
struct Description<Mount> {
  using T = Mount;
  static constexpr std::string_view name = "mount";
  static constexpr std::string_view doc = "A mount of any mount namespace.";
  static constexpr auto fields = std::tuple{
      Field{"id", &T::id, "MOUNT-NAMESPACE-INODE:ID, the id as in mountinfo"},
      Field{"unique_id", &T::unique_id, "never used again; Linux 6.8"},
      Field{"parent", &T::parent, ""},
      Field{"mount_point", &T::mount_point, "from the root of its mount namespace"},
      Field{"root", &T::root, "the directory of the file system that is mounted"},
      Field{"type", &T::type, ""},
      Field{"source", &T::source, ""},
      Field{"device_major", &T::device_major, ""},
      Field{"device_minor", &T::device_minor, ""},
      Field{"options", &T::options, "of the mount"},
      Field{"super_options", &T::super_options, "of the file system"},
      Field{"peer_group", &T::peer_group, "shared:N"},
      Field{"master_group", &T::master_group, "master:N"},
      Field{"propagate_from", &T::propagate_from, ""},
      Field{"unbindable", &T::unbindable, ""},
      Field{"covered", &T::covered, "another mount is on top of it"},
      Field{"namespace_file", &T::namespace_file, "a namespace that this mount keeps alive"},
      Field{"overlay", &T::overlay, ""},
      Field{"container", &T::container, "whose mount namespace it is in"}};
};

} // namespace vitrine::objects
