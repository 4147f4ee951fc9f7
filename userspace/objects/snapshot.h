// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/cgroup.h"
#include "userspace/objects/container.h"
#include "userspace/objects/layer.h"
#include "userspace/objects/mount.h"
#include "userspace/objects/namespace.h"
#include "userspace/objects/network.h"
#include "userspace/objects/process.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::objects {

struct Host {
  std::string hostname, kernel, boot_id, arch;
  std::string cgroup_mode; ///< "v1" "hybrid" "v2" "none"
  friend bool operator==(const Host&, const Host&) = default;
};

/// Something that could not be seen, and from where: "/proc/PID/fd", EACCES, 112 times.
struct SourceError {
  std::string source;
  std::string error; ///< the errno's name, or words
  std::uint64_t count = 1;
  friend bool operator==(const SourceError&, const SourceError&) = default;
};

/// Counts `count` more of the same error.
void count_error(std::vector<SourceError>& errors, std::string_view source, std::string_view error,
                 std::uint64_t count = 1);

/// All objects of a host at about one moment. Tables without value were not asked for. Each is in
/// the order of its identities, and an identity that another object refers to may have gone
/// meanwhile: then it is in no table.
struct Snapshot {
  std::string generated_at; ///< RFC 3339, nanoseconds
  Host host;
  std::vector<std::string> sources; ///< what was used: "iter/task", "/proc", "statmount", …
  std::vector<SourceError> errors;
  std::optional<std::vector<Process>> processes;
  std::optional<std::vector<Namespace>> namespaces;
  std::optional<std::vector<Cgroup>> cgroups;
  std::optional<std::vector<Mount>> mounts;
  std::optional<std::vector<Layer>> layers;
  std::optional<std::vector<Container>> containers;
  std::optional<std::vector<Network>> networks;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// The object with that identity; null when there is none.
template<class Object, class Id>
[[nodiscard]] const Object* find(const std::optional<std::vector<Object>>& table, const Id& id) {
  if (!table) return nullptr;
  const auto found =
      std::ranges::lower_bound(*table, id, {}, [](const Object& object) { return object.id; });
  return found != table->end() && found->id == id ? &*found : nullptr;
}

/// Puts every table into the order of its identities.
void sort_tables(Snapshot& snapshot);

template<>
struct Description<Host> {
  using T = Host;
  static constexpr std::string_view name = "host";
  static constexpr std::string_view doc = "The host.";
  static constexpr auto fields =
      std::tuple{Field{"hostname", &T::hostname, ""}, Field{"kernel", &T::kernel, ""},
                 Field{"boot_id", &T::boot_id, ""}, Field{"arch", &T::arch, ""},
                 Field{"cgroup_mode", &T::cgroup_mode, "v1, hybrid, v2 or none"}};
};

template<>
struct Description<SourceError> {
  using T = SourceError;
  static constexpr std::string_view name = "source_error";
  static constexpr std::string_view doc = "Something that could not be seen.";
  static constexpr auto fields = std::tuple{Field{"source", &T::source, "where"},
                                            Field{"error", &T::error, "the errno's name, or words"},
                                            Field{"count", &T::count, "how often"}};
};

template<>
struct Description<Snapshot> {
  using T = Snapshot;
  static constexpr std::string_view name = "snapshot";
  static constexpr std::string_view doc = "The objects of a host at about one moment. Absent "
                                          "tables were not asked for. null: could not "
                                          "be known, or there is none.";
  static constexpr auto fields = std::tuple{Field{"generated_at", &T::generated_at, "RFC 3339"},
                                            Field{"host", &T::host, ""},
                                            Field{"sources", &T::sources, "what was used"},
                                            Field{"errors", &T::errors, "what could not be seen"},
                                            Field{"processes", &T::processes, ""},
                                            Field{"namespaces", &T::namespaces, ""},
                                            Field{"cgroups", &T::cgroups, ""},
                                            Field{"mounts", &T::mounts, ""},
                                            Field{"layers", &T::layers, ""},
                                            Field{"containers", &T::containers, ""},
                                            Field{"networks", &T::networks, ""}};
};

} // namespace vitrine::objects
