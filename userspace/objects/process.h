// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

/// The ten links of /proc/PID/ns, as inodes. Without value: could not be read, or this kernel has
/// no such kind.
struct NamespaceLinks {
  using Link = std::optional<std::uint32_t>;
  Link cgroup, ipc, mnt, net, pid, pid_for_children, time, time_for_children, user, uts;
  friend bool operator==(const NamespaceLinks&, const NamespaceLinks&) = default;

  /// The link of a kind that a task lives in (not of its children to come).
  [[nodiscard]] const Link& of(NamespaceKind kind) const;
};

/// A set of capabilities, bit N for number N: a hexadecimal string in JSON, as in /proc/PID/status.
struct CapabilitySet {
  std::uint64_t bits = 0;
  friend bool operator==(const CapabilitySet&, const CapabilitySet&) = default;
};

/// credentials(7), capabilities(7): as the initial user namespace has them.
struct Credentials {
  std::uint32_t real_uid = 0, effective_uid = 0, saved_uid = 0, filesystem_uid = 0;
  std::uint32_t real_gid = 0, effective_gid = 0, saved_gid = 0, filesystem_gid = 0;
  std::vector<std::uint32_t> groups; ///< ascending
  CapabilitySet inheritable, permitted, effective, bounding, ambient;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

enum class SeccompMode : std::uint8_t { disabled, strict, filter };

/// A process's place in one hierarchy.
struct CgroupPlace {
  std::uint32_t hierarchy = 0; ///< 0 is version 2
  std::string path;            ///< from the hierarchy's root
  friend bool operator==(const CgroupPlace&, const CgroupPlace&) = default;
};

/// A thread that is not its process's main one.
struct Thread {
  std::uint32_t tid = 0;
  std::uint64_t start_ticks = 0;
  std::string comm;
  NamespaceLinks namespaces;
  friend bool operator==(const Thread&, const Thread&) = default;
};

/// An open file of a process that keeps a namespace alive.
struct NamespaceFile {
  std::uint32_t fd = 0;
  NamespaceId namespace_id; ///< of a socket: its network namespace
  bool socket = false;      ///< else a file of nsfs
  /// The fd is a unix socket's in whose queues the file waits to be received (SCM_RIGHTS).
  bool in_flight = false;
  friend bool operator==(const NamespaceFile&, const NamespaceFile&) = default;
};

struct Process {
  ProcessId id;
  std::uint32_t parent_pid = 0; ///< 0: none that the reader can see
  std::string comm;
  std::string state; ///< "R", "S", "D", "Z", …: proc_pid_stat(5)
  /// From the reader's pid namespace to its own: NSpid of proc_pid_status(5).
  std::vector<std::uint32_t> namespace_pids;
  NamespaceLinks namespaces;
  std::optional<Credentials> credentials;
  std::optional<bool> no_new_privs;
  std::optional<SeccompMode> seccomp;
  std::optional<std::uint32_t> seccomp_filters;
  std::optional<std::string> lsm_label;  ///< /proc/PID/attr/current
  std::optional<std::string> root;       ///< "/" unless chroot(2)ed, in its mount namespace
  std::optional<std::string> executable; ///< absent for kernel threads
  std::optional<std::vector<std::string>> command;           ///< its argv
  std::vector<CgroupPlace> cgroups;                          ///< by hierarchy, ascending
  std::vector<Thread> threads;                               ///< by tid, without the main one
  std::optional<std::vector<NamespaceFile>> namespace_files; ///< by fd
  friend bool operator==(const Process&, const Process&) = default;
};

template<>
struct EnumNames<SeccompMode> {
  static constexpr std::pair<SeccompMode, std::string_view> names[] = {
      {SeccompMode::disabled, "disabled"},
      {SeccompMode::strict, "strict"},
      {SeccompMode::filter, "filter"}};
};

template<>
struct Description<NamespaceLinks> {
  using T = NamespaceLinks;
  static constexpr std::string_view name = "namespace_links";
  static constexpr std::string_view doc = "Inodes of the links in /proc/PID/ns.";
  static constexpr auto fields =
      std::tuple{Field{"cgroup", &T::cgroup, ""},
                 Field{"ipc", &T::ipc, ""},
                 Field{"mnt", &T::mnt, ""},
                 Field{"net", &T::net, ""},
                 Field{"pid", &T::pid, ""},
                 Field{"pid_for_children", &T::pid_for_children, "where its next child will live"},
                 Field{"time", &T::time, ""},
                 Field{"time_for_children", &T::time_for_children, ""},
                 Field{"user", &T::user, ""},
                 Field{"uts", &T::uts, ""}};
};

template<>
struct Description<Credentials> {
  using T = Credentials;
  static constexpr std::string_view name = "credentials";
  static constexpr std::string_view doc =
      "User and group ids of the initial user namespace, and capabilities in hexadecimal.";
  static constexpr auto fields = std::tuple{Field{"real_uid", &T::real_uid, ""},
                                            Field{"effective_uid", &T::effective_uid, ""},
                                            Field{"saved_uid", &T::saved_uid, ""},
                                            Field{"filesystem_uid", &T::filesystem_uid, ""},
                                            Field{"real_gid", &T::real_gid, ""},
                                            Field{"effective_gid", &T::effective_gid, ""},
                                            Field{"saved_gid", &T::saved_gid, ""},
                                            Field{"filesystem_gid", &T::filesystem_gid, ""},
                                            Field{"groups", &T::groups, "supplementary groups"},
                                            Field{"inheritable", &T::inheritable, ""},
                                            Field{"permitted", &T::permitted, ""},
                                            Field{"effective", &T::effective, ""},
                                            Field{"bounding", &T::bounding, ""},
                                            Field{"ambient", &T::ambient, ""}};
};

template<>
struct Description<CgroupPlace> {
  using T = CgroupPlace;
  static constexpr std::string_view name = "cgroup_place";
  static constexpr std::string_view doc = "A process's place in one cgroup hierarchy.";
  static constexpr auto fields = std::tuple{Field{"hierarchy", &T::hierarchy, "0 is version 2"},
                                            Field{"path", &T::path, "from the hierarchy's root"}};
};

template<>
struct Description<Thread> {
  using T = Thread;
  static constexpr std::string_view name = "thread";
  static constexpr std::string_view doc = "A thread that is not its process's main one.";
  static constexpr auto fields = std::tuple{
      Field{"tid", &T::tid, ""}, Field{"start_ticks", &T::start_ticks, "1/100 s after boot"},
      Field{"comm", &T::comm, "its name"}, Field{"namespaces", &T::namespaces, ""}};
};

template<>
struct Description<NamespaceFile> {
  using T = NamespaceFile;
  static constexpr std::string_view name = "namespace_file";
  static constexpr std::string_view doc = "An open file that keeps a namespace alive.";
  static constexpr auto fields = std::tuple{
      Field{"fd", &T::fd, ""},
      Field{"namespace", &T::namespace_id, "a socket's is its network namespace"},
      Field{"socket", &T::socket, "a socket, not a file of nsfs"},
      Field{"in_flight", &T::in_flight, "the fd is a unix socket's whose queue holds the file"}};
};

template<>
struct Description<Process> {
  using T = Process;
  static constexpr std::string_view name = "process";
  static constexpr std::string_view doc = "A process with what ties it to containers.";
  static constexpr auto fields = std::tuple{
      Field{"id", &T::id, "PID:START, the start in 1/100 s after boot"},
      Field{"parent_pid", &T::parent_pid, "0: none that can be seen"},
      Field{"comm", &T::comm, "name of its main thread"},
      Field{"state", &T::state, "as in /proc/PID/stat"},
      Field{"namespace_pids", &T::namespace_pids, "its pid in every pid namespace, own last"},
      Field{"namespaces", &T::namespaces, "inodes of its namespaces"},
      Field{"credentials", &T::credentials, ""},
      Field{"no_new_privs", &T::no_new_privs, ""},
      Field{"seccomp", &T::seccomp, ""},
      Field{"seccomp_filters", &T::seccomp_filters, "how many filters are stacked"},
      Field{"lsm_label", &T::lsm_label, "/proc/PID/attr/current"},
      Field{"root", &T::root, "its root directory in its mount namespace"},
      Field{"executable", &T::executable, ""},
      Field{"command", &T::command, "its arguments"},
      Field{"cgroups", &T::cgroups, "its place in every hierarchy"},
      Field{"threads", &T::threads, "without the main one"},
      Field{"namespace_files", &T::namespace_files, "open files that keep namespaces alive"}};
};

} // namespace vitrine::objects
