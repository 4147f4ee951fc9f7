// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/directory.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::engines {

/// A process of an engine: a daemon, or what watches over one container.
struct EngineProcess {
  std::uint32_t pid = 0;
  std::string comm; ///< "dockerd" "containerd-shim" "conmon" "podman" "lxc-start" "systemd-nspawn"
  std::vector<std::string> argv;
  std::string working_directory;

  /// The values that its command line gives to any of `names`, as "NAME VALUE", "NAME=VALUE" or,
  /// for a name of one letter, "-NVALUE".
  [[nodiscard]] std::vector<std::string>
  options(std::initializer_list<std::string_view> names) const;
  /// The first of them: a command that the process runs may follow. Empty when there is none.
  [[nodiscard]] std::string option(std::initializer_list<std::string_view> names) const;
};

/// The host that engines are looked for on, as it was at one moment.
struct Host {
  int root = -1; ///< borrowed descriptor of its root directory
  std::vector<EngineProcess> processes;
};

/// Reads which engines run from `root`/proc.
[[nodiscard]] Host look_around(int root);

/// Looks around again and again, though not more often than ten times a second, and reads only of
/// young processes who they are: they may still become an engine by execve(2).
class Lookout {
public:
  using Clock = std::chrono::steady_clock;

  /// `root` is borrowed.
  explicit Lookout(int root) : host_{root, {}} {}
  [[nodiscard]] const Host& look(Clock::time_point now);

private:
  struct Seen {
    Clock::time_point first;
    Clock::time_point last;
    std::optional<EngineProcess> engine;
  };

  Host host_; // as it was at `looked_`
  std::optional<Clock::time_point> looked_;
  std::map<std::uint32_t, Seen> seen_; // by pid
};

/// `pid`, when it is still a process of the container `id`: its cgroup says so. Else 0, because
/// files outlive processes and pids come again.
[[nodiscard]] std::uint32_t living_pid(const Host& host, std::uint64_t pid, std::string_view id);

/// `pid`, when it still is the process that started `start` clock ticks after boot. Else 0.
[[nodiscard]] std::uint32_t living_pid_since(const Host& host, std::uint64_t pid,
                                             std::uint64_t start);

/// `pid`, when it is the first process of a pid namespace. Else 0.
[[nodiscard]] std::uint32_t living_init(const Host& host, std::uint64_t pid);

/// The child of `parent` that is the first process of its pid namespace; 0 when there is none.
[[nodiscard]] std::uint32_t init_child(const Host& host, std::uint32_t parent);

/// The home directory of who runs `pid`; empty when that is root or unknown.
[[nodiscard]] std::string home_of(const Host& host, std::uint32_t pid);

/// A decimal number that fills `text`; 0 when it is none.
[[nodiscard]] std::uint64_t parse_number(std::string_view text);

} // namespace vitrine::engines
