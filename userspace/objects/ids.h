// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

/// Objects that exist on a host, as sources find them and views show them: plain data. Identities
/// are such that no other object can have them later, as far as the kernel allows. In JSON an
/// identity is one string, and objects refer to each other by it.
namespace vitrine::objects {

/// In the alphabetical order of /proc/PID/ns.
enum class NamespaceKind : std::uint8_t { cgroup, ipc, mnt, net, pid, time, user, uts };
inline constexpr NamespaceKind kNamespaceKinds[] = {
    NamespaceKind::cgroup, NamespaceKind::ipc,  NamespaceKind::mnt,  NamespaceKind::net,
    NamespaceKind::pid,    NamespaceKind::time, NamespaceKind::user, NamespaceKind::uts};

/// "mnt", as in /proc/PID/ns.
[[nodiscard]] std::string_view namespace_kind_name(NamespaceKind kind);
/// Also of "mount", "network", "ipc", … as options of unshare(1) and OCI write them.
Result<NamespaceKind> namespace_kind_of(std::string_view name);

/// A process for ever: pids are used again, a pid with its start is not.
struct ProcessId {
  std::uint32_t pid = 0;         ///< in the reader's pid namespace
  std::uint64_t start_ticks = 0; ///< after boot, 1/100 s: field 22 of proc_pid_stat(5)
  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

/// A namespace while it exists; its inode number may be another's later. Where the kernel has an
/// identity for ever, that is Namespace::unique_id.
struct NamespaceId {
  NamespaceKind kind = NamespaceKind::mnt;
  std::uint32_t inode = 0;
  friend auto operator<=>(const NamespaceId&, const NamespaceId&) = default;
};

struct CgroupId {
  std::uint32_t hierarchy = 0; ///< as in /proc/cgroups and /proc/PID/cgroup; 0 is version 2
  std::uint64_t id = 0;        ///< its directory's inode
  friend auto operator<=>(const CgroupId&, const CgroupId&) = default;
};

/// A mount while it exists. Where the kernel has an identity for ever, that is Mount::unique_id.
struct MountId {
  std::uint32_t mount_namespace = 0; ///< inode
  std::uint32_t id = 0;              ///< as in mountinfo
  friend auto operator<=>(const MountId&, const MountId&) = default;
};

/// A directory that is a layer of some overlay.
struct LayerId {
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const LayerId&, const LayerId&) = default;
};

struct ContainerId {
  std::string engine; ///< as in Container::engine
  std::string id;     ///< the engine's own; where there is no engine "PID:START" of its init
  friend auto operator<=>(const ContainerId&, const ContainerId&) = default;
};

struct InterfaceId {
  std::uint32_t network_namespace = 0; ///< inode
  std::uint32_t index = 0;             ///< ifindex
  friend auto operator<=>(const InterfaceId&, const InterfaceId&) = default;
};

/// An identity that the kernel gives once: a string in JSON, where numbers have 53 bits only.
struct UniqueId {
  std::uint64_t value = 0;
  friend auto operator<=>(const UniqueId&, const UniqueId&) = default;
};

/// "1234:98765", "net:[4026531840]", "0:4711", "4026531841:29", "8:1:131074", "docker/3f2a…",
/// "4026531840/2".
[[nodiscard]] std::string to_text(const ProcessId& id);
[[nodiscard]] std::string to_text(const NamespaceId& id);
[[nodiscard]] std::string to_text(const CgroupId& id);
[[nodiscard]] std::string to_text(const MountId& id);
[[nodiscard]] std::string to_text(const LayerId& id);
[[nodiscard]] std::string to_text(const ContainerId& id);
[[nodiscard]] std::string to_text(const InterfaceId& id);

/// The reverse, of exactly what to_text() writes. False: `text` is none, `id` is unchanged.
[[nodiscard]] bool from_text(std::string_view text, ProcessId& id);
[[nodiscard]] bool from_text(std::string_view text, NamespaceId& id);
[[nodiscard]] bool from_text(std::string_view text, CgroupId& id);
[[nodiscard]] bool from_text(std::string_view text, MountId& id);
[[nodiscard]] bool from_text(std::string_view text, LayerId& id);
[[nodiscard]] bool from_text(std::string_view text, ContainerId& id);
[[nodiscard]] bool from_text(std::string_view text, InterfaceId& id);

} // namespace vitrine::objects
