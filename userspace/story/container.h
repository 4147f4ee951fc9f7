// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/events.h"
#include "userspace/events/container.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::story {

/// A process for as long as the machine runs: a pid alone is used again.
struct ProcessKey {
  std::uint32_t pid = 0;
  std::uint64_t start_ns = 0;
  friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;
};

/// Where a cgroup is. Ids and paths count within one hierarchy.
struct CgroupPlace {
  std::uint32_t hierarchy = 0;
  std::string path;
  friend auto operator<=>(const CgroupPlace&, const CgroupPlace&) = default;
};

/// A control file that was written: what was asked for and what the kernel made of it.
struct Limit {
  std::string file;
  std::string asked;
  ev_cgroup_value in_force = {};
  bool read_back = false; ///< whether `in_force` can be known for such a file
};

/// What a root file system is made of. Paths as they came, unescaped.
struct RootFilesystem {
  std::string directory; ///< what became the root, seen from the one before; empty: not known
  std::string fstype;
  std::string source;
  std::vector<std::string> lower; ///< overlay: topmost first
  std::string upper;
  std::string work;
};

/// How a process ended.
struct Ending {
  int code = 0;
  int signal = 0; ///< 0: it exited by itself
};

/// One container, as far as the events told it, or a program that was started in one. What they did
/// not tell is empty or absent.
struct Container {
  unsigned number = 0;            ///< from 1, in the order in which they came up
  unsigned parent = 0;            ///< the container that it was made in; 0: the host
  bool earlier = false;           ///< it was there before the trace began
  bool entered = false;           ///< not made: a process entered namespaces that were there (exec)
  unsigned entered_container = 0; ///< whose they are; 0: of none in this story
  events::ContainerNote note;     ///< what engines told, all notes together
  ProcessKey init;
  bool init_known = false; ///< its program was started
  std::string comm;
  std::string executable;
  std::vector<std::string> argv;
  ev_namespaces namespaces = {};
  std::map<std::uint32_t, std::string> cgroups; ///< by hierarchy; those it was moved into
  std::optional<RootFilesystem> root;
  std::optional<ev_credentials> credentials;
  std::vector<ev_id_extent> uid_map;
  std::vector<ev_id_extent> gid_map;
  std::string hostname;
  std::optional<Ending> ending;
};

} // namespace vitrine::story
