// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

enum class HolderKind : std::uint8_t {
  process,      ///< lives in it
  thread,       ///< lives in it, while its process does not
  for_children, ///< unshare(2) or setns(2): its next child will live in it
  fd,           ///< an open file of nsfs
  socket,       ///< a socket keeps its network namespace
  in_flight,    ///< an nsfs file or socket sent over a unix socket and not yet received
  bind_mount,   ///< nsfs mounted on a file, as `ip netns add` does
  child,        ///< a nested user or pid namespace
  owned,        ///< a namespace that belongs to this user namespace
  unknown,      ///< the kernel counts references that nobody could be found for
};

/// Something that keeps a namespace alive.
struct Holder {
  HolderKind kind = HolderKind::unknown;
  std::optional<ProcessId> process;
  std::optional<std::uint32_t> thread;     ///< tid, of HolderKind::thread
  std::optional<std::uint32_t> fd;         ///< of fd, socket and in_flight
  std::optional<MountId> mount;            ///< of bind_mount
  std::optional<std::string> path;         ///< of bind_mount: where, in its mount namespace
  std::optional<NamespaceId> namespace_id; ///< of child and owned
  std::string release; ///< what would let go of it, in words: "umount /run/netns/blue"
  friend bool operator==(const Holder&, const Holder&) = default;
};

/// A line of uid_map or gid_map: user_namespaces(7).
struct IdMapping {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0; ///< in the reader's user namespace
  std::uint32_t count = 0;
  friend bool operator==(const IdMapping&, const IdMapping&) = default;
};

struct Namespace {
  NamespaceId id;
  std::optional<UniqueId> unique_id;        ///< NS_GET_ID, Linux 6.18: never used again
  bool initial = false;                     ///< made at boot
  std::optional<NamespaceId> parent;        ///< of user and pid namespaces
  std::optional<NamespaceId> owner;         ///< the user namespace that it belongs to
  std::optional<std::uint32_t> creator_uid; ///< of user namespaces
  std::optional<ProcessId> oldest;          ///< the process in it that has run longest
  std::uint32_t processes = 0;              ///< that live in it
  std::uint32_t threads = 0;                ///< that live in it while their process does not
  std::vector<ContainerId> containers;      ///< whose processes live in it
  std::optional<std::vector<IdMapping>> uid_map, gid_map; ///< of user namespaces
  std::optional<std::string> hostname;                    ///< of uts namespaces
  std::optional<std::uint32_t> references;                ///< as the kernel counts them
  /// Of the processes in it only the oldest, and not their sockets; everything else each. None of
  /// initial ones: the kernel keeps them.
  std::vector<Holder> kept_alive_by;
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

template<>
struct EnumNames<HolderKind> {
  static constexpr std::pair<HolderKind, std::string_view> names[] = {
      {HolderKind::process, "process"},
      {HolderKind::thread, "thread"},
      {HolderKind::for_children, "for_children"},
      {HolderKind::fd, "fd"},
      {HolderKind::socket, "socket"},
      {HolderKind::in_flight, "in_flight"},
      {HolderKind::bind_mount, "bind_mount"},
      {HolderKind::child, "child"},
      {HolderKind::owned, "owned"},
      {HolderKind::unknown, "unknown"}};
};

template<>
struct Description<Holder> {
  using T = Holder;
  static constexpr std::string_view name = "holder";
  static constexpr std::string_view doc = "Something that keeps a namespace alive.";
  static constexpr auto fields =
      std::tuple{Field{"kind", &T::kind, ""},
                 Field{"process", &T::process, ""},
                 Field{"thread", &T::thread, "tid"},
                 Field{"fd", &T::fd, ""},
                 Field{"mount", &T::mount, ""},
                 Field{"path", &T::path, "where it is mounted, in that mount namespace"},
                 Field{"namespace", &T::namespace_id, "the child or owned one"},
                 Field{"release", &T::release, "what would let go of it"}};
};

template<>
struct Description<IdMapping> {
  using T = IdMapping;
  static constexpr std::string_view name = "id_mapping";
  static constexpr std::string_view doc = "A line of uid_map or gid_map.";
  static constexpr auto fields =
      std::tuple{Field{"inside", &T::inside, ""}, Field{"outside", &T::outside, ""},
                 Field{"count", &T::count, ""}};
};

template<>
struct Description<Namespace> {
  using T = Namespace;
  static constexpr std::string_view name = "namespace";
  static constexpr std::string_view doc = "A namespace of any kind, however it is kept alive.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "KIND:[INODE]"},
                 Field{"unique_id", &T::unique_id, "never used again; Linux 6.18"},
                 Field{"initial", &T::initial, "made at boot"},
                 Field{"parent", &T::parent, "of user and pid namespaces"},
                 Field{"owner", &T::owner, "the user namespace that it belongs to"},
                 Field{"creator_uid", &T::creator_uid, "of user namespaces"},
                 Field{"oldest", &T::oldest, "the process in it that has run longest"},
                 Field{"processes", &T::processes, "that live in it"},
                 Field{"threads", &T::threads, "that live in it while their process does not"},
                 Field{"containers", &T::containers, "whose processes live in it"},
                 Field{"uid_map", &T::uid_map, "of user namespaces"},
                 Field{"gid_map", &T::gid_map, "of user namespaces"},
                 Field{"hostname", &T::hostname, "of uts namespaces"},
                 Field{"references", &T::references, "as the kernel counts them"},
                 Field{"kept_alive_by", &T::kept_alive_by,
                       "of the processes in it only the oldest, and not their sockets"}};
};

} // namespace vitrine::objects
