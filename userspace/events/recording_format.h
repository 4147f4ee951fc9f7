// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/stream.h"

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// What a recording is made of, for the .cpp files that write and read it: docs/recording.md.
namespace vitrine::events::recording {

// Records lie in the file as the kernel wrote them.
static_assert(std::endian::native == std::endian::little);

/// Like PNG's: a copy that took it for text shows in the line ends.
inline constexpr std::string_view kMagic = "\x89VTR\r\n\x1a\n";
/// A reader refuses another major version; a newer minor one has items or fields that it skips.
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 0;
inline constexpr std::size_t kHeadSize = kMagic.size() + sizeof kMajor + sizeof kMinor;

/// Bytes of items in a block, uncompressed. One item may be larger than a usual block.
inline constexpr std::size_t kUsualBlock = std::size_t{64} << 10;
inline constexpr std::size_t kLargestBlock = std::size_t{16} << 20;
/// Structs in a list; a block has no room for more processes than that.
inline constexpr std::uint32_t kMostInList = 1U << 18;

enum class Item : std::uint16_t { schema = 1, start, event, container, pause, end };

/// How long the fixed part of an event's records is in this recording.
struct EventSize {
  std::uint16_t type = 0;
  std::uint32_t fixed_size = 0;
};

/// Which events the records are: the first item.
struct Schema {
  std::string version;
  std::vector<EventSize> events;
};

/// The last value of each enum that is written.
inline constexpr Scope last_of(Scope) {
  return Scope::all;
}
inline constexpr FollowDaemons last_of(FollowDaemons) {
  return FollowDaemons::all;
}

template<class Struct, class T>
concept Is = std::same_as<std::remove_const_t<Struct>, T>;

// The fields of each struct in their order in the file. A new one goes to the end; the bindings do
// not compile without it.
// clang-format off
template<class Coder> void code(Coder& coder, Is<EventSize> auto& event) {
  auto& [type, fixed_size] = event;
  coder(type, fixed_size);
}
template<class Coder> void code(Coder& coder, Is<Schema> auto& schema) {
  auto& [version, events] = schema;
  coder(version, events);
}
template<class Coder> void code(Coder& coder, Is<ev_namespaces> auto& namespaces) {
  auto& [mnt, uts, ipc, net, pid, cgroup, time, user] = namespaces;
  coder(mnt, uts, ipc, net, pid, cgroup, time, user);
}
template<class Coder> void code(Coder& coder, Is<CgroupHierarchy> auto& hierarchy) {
  auto& [number, controllers, path] = hierarchy;
  coder(number, controllers, path);
}
template<class Coder> void code(Coder& coder, Is<EarlierProcess> auto& process) {
  auto& [pid, start_ns, parent_pid, ns_pid, followed, comm, argv, namespaces, cgroups] = process;
  coder(pid, start_ns, parent_pid, ns_pid, followed, comm, argv, namespaces, cgroups);
}
template<class Coder> void code(Coder& coder, Is<StreamStart> auto& start) {
  auto& [time_ns, realtime_ns, hostname, kernel_release, boot_id, architecture, cgroup_mode, scope,
         follow_daemons, command, target_pid, processes, host_namespaces, hierarchies, notes] = start;
  coder(time_ns, realtime_ns, hostname, kernel_release, boot_id, architecture, cgroup_mode, scope,
        follow_daemons, command, target_pid, processes, host_namespaces, hierarchies, notes);
}
template<class Coder> void code(Coder& coder, Is<LayerName> auto& layer) {
  auto& [directory, name] = layer;
  coder(directory, name);
}
template<class Coder> void code(Coder& coder, Is<ContainerNote> auto& note) {
  auto& [time_ns, engine, id, name, image, init_pid, directories, layers, error] = note;
  coder(time_ns, engine, id, name, image, init_pid, directories, layers, error);
}
template<class Coder> void code(Coder& coder, Is<StreamEnd> auto& end) {
  auto& [time_ns, complete, emitted, lost, untracked, missed_probes, received, late, exit_status] = end;
  coder(time_ns, complete, emitted, lost, untracked, missed_probes, received, late, exit_status);
}
// clang-format on

} // namespace vitrine::events::recording
