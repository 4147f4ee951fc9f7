// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/container_path.h"

#include "userspace/world/path_parts.h"

#include <array>

namespace vitrine::world {
namespace {

/// "docker-0d31….scope" as systemd's driver calls it; podman's cgroupfs driver leaves the end out.
struct ScopeOfId {
  std::string_view prefix;
  std::string_view engine;
};
constexpr ScopeOfId kScopesOfIds[] = {
    {"docker-", "docker"},        {"libpod-", "podman"},
    {"libpod-conmon-", "podman"}, {"libpod-payload-", "podman"},
    {"nerdctl-", "containerd"},   {"cri-containerd-", "containerd"},
    {"crio-", "cri-o"},           {"crio-conmon-", "cri-o"},
};

/// "lxc.payload.web", "machine-web.scope".
struct UnitOfName {
  std::string_view prefix;
  std::string_view suffix;
  std::string_view engine;
};
constexpr UnitOfName kUnitsOfNames[] = {
    {"lxc.payload.", "", "lxc"},
    {"lxc.monitor.", "", "lxc"},
    {"machine-", ".scope", "systemd-nspawn"},
    {"systemd-nspawn@", ".service", "systemd-nspawn"},
};

/// "docker/0d31…": a directory below a directory.
struct ChildOf {
  std::string_view parent;
  std::string_view engine;
  bool full_id; ///< the child has an id, not a name
  bool at_root; ///< the parent lies in the hierarchy's root: its name alone would say too little
};
constexpr ChildOf kChildrenOf[] = {
    {"docker", "docker", true, false},    {"moby", "docker", true, true},
    {"k8s.io", "containerd", true, true}, {"default", "containerd", false, true},
    {"lxc", "lxc", false, true},          {"lxc.payload", "lxc", false, true},
    {"vitrine", "vitrine", false, false},
};

/// Parts of state directories: NAME/ID, or NAME/NAMESPACE/ID with containerd's namespace.
struct StateDirectory {
  std::string_view name;
  std::string_view engine;
  bool has_namespace; ///< it tells the engine, and the directory is a runtime's
};
constexpr StateDirectory kStateDirectories[] = {
    {"containers", "docker", false},
    {"overlay-containers", "podman", false},
    {"vfs-containers", "podman", false},
    {"btrfs-containers", "podman", false},
    {"io.containerd.runtime.v2.task", "", true},
    {"runtime-runc", "", true},
};

constexpr std::string_view kScope = ".scope";
constexpr std::string_view kKubernetes = "kubepods";
/// libvirt registers virtual machines beside containers.
constexpr std::string_view kVirtualMachine = "qemu-";

std::optional<ContainerMention> scope_of_id(std::string_view part) {
  if (part.ends_with(kScope)) part.remove_suffix(kScope.size());
  for (const ScopeOfId& scope : kScopesOfIds)
    if (part.starts_with(scope.prefix) && is_full_id(part.substr(scope.prefix.size())))
      return ContainerMention{scope.engine, part.substr(scope.prefix.size())};
  return std::nullopt;
}

/// A name with an escape of systemd's ("\x2d") is none that could be shown as it is.
std::optional<ContainerMention> unit_of_name(std::string_view part) {
  for (const UnitOfName& unit : kUnitsOfNames) {
    if (!part.starts_with(unit.prefix) || !part.ends_with(unit.suffix) ||
        part.size() <= unit.prefix.size() + unit.suffix.size())
      continue;
    const std::string_view name =
        part.substr(unit.prefix.size(), part.size() - unit.prefix.size() - unit.suffix.size());
    if (is_container_name(name) && !name.starts_with(kVirtualMachine))
      return ContainerMention{unit.engine, name};
  }
  return std::nullopt;
}

std::optional<ContainerMention> child_of(std::string_view parent, std::string_view part,
                                         bool at_root) {
  for (const ChildOf& child : kChildrenOf)
    if (parent == child.parent && (at_root || !child.at_root) &&
        (child.full_id ? is_full_id(part) : is_container_name(part)))
      return ContainerMention{child.engine, part};
  return std::nullopt;
}

/// "@LXCPATH/NAME/command": the abstract socket at which lxc-start listens for others.
std::optional<ContainerMention> listener_of_lxc(std::string_view path) {
  constexpr std::string_view kEnd = "/command";
  if (!path.ends_with(kEnd)) return std::nullopt;
  path.remove_suffix(kEnd.size());
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (!is_container_name(name)) return std::nullopt;
  return ContainerMention{"lxc", name};
}

} // namespace

std::optional<ContainerMention> container_of_cgroup(std::string_view path, std::string_view own) {
  const bool below_own = own.size() > 1 && path.starts_with(own) &&
                         (path.size() == own.size() || path[own.size()] == '/');
  if (below_own) path.remove_prefix(own.size());
  PathParts parts(path);
  std::string_view parent;
  bool in_kubernetes = false;
  for (std::size_t depth = 0; const auto part = parts.next(); ++depth) {
    if (auto found = scope_of_id(*part)) return found;
    if (auto found = unit_of_name(*part)) return found;
    if (auto found = child_of(parent, *part, depth == 1)) return found;
    if (in_kubernetes && is_full_id(*part)) return ContainerMention{{}, *part};
    in_kubernetes = in_kubernetes || part->starts_with(kKubernetes);
    parent = *part;
  }
  return std::nullopt;
}

std::optional<ContainerMention> container_of_path(std::string_view path) {
  if (path.starts_with("@/")) return listener_of_lxc(path);
  if (!path.starts_with('/')) return std::nullopt;
  PathParts parts(path);
  std::array<std::string_view, 2> before; // the part before, and the one before that
  while (const auto part = parts.next()) {
    for (const StateDirectory& state : kStateDirectories) {
      if (state.has_namespace ? before[1] == state.name && is_container_name(*part)
                              : before[0] == state.name && is_full_id(*part))
        return ContainerMention{state.has_namespace ? engine_of_namespace(before[0]) : state.engine,
                                *part, state.has_namespace};
    }
    before = {*part, before[0]};
  }
  return std::nullopt;
}

} // namespace vitrine::world
