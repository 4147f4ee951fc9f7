// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vitrine::world {

/// A container as some text speaks of it. Points into that text.
struct ContainerMention {
  std::string_view engine; ///< as in events::ContainerNote; empty: the text does not say
  std::string_view id;     ///< or a name, or the first digits of an id
  bool started = false;    ///< a runtime has its files there: programs run in it, or are about to
};

/// Whether the text can be an id or a name: what OCI runtimes, the engines and machined(8) allow.
/// Everything foreign is asked this before it is kept.
[[nodiscard]] bool is_container_name(std::string_view text);

/// Docker, Podman, containerd's Kubernetes side and CRI-O make ids of 64 hexadecimal digits.
[[nodiscard]] bool is_full_id(std::string_view text);

/// As many of its first digits as `docker ps` shows.
inline constexpr std::size_t kShortId = 12;
/// At least these, but not all.
[[nodiscard]] bool is_short_id(std::string_view text);

/// Whose containers live in a namespace of containerd: dockerd's in "moby".
[[nodiscard]] std::string_view engine_of_namespace(std::string_view containerd_namespace);

} // namespace vitrine::world
