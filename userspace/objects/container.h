// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

/// A label or annotation.
struct Label {
  std::string key, value;
  friend bool operator==(const Label&, const Label&) = default;
};

enum class ContainerStatus : std::uint8_t { running, paused, stopped };

/// Who shares a namespace of a container.
enum class Sharing : std::uint8_t { own, host, container, other };

/// A container's namespace of one kind.
struct ContainerNamespace {
  NamespaceId id;
  Sharing sharing = Sharing::own;
  std::vector<ContainerId> shared_with; ///< of Sharing::container
  friend bool operator==(const ContainerNamespace&, const ContainerNamespace&) = default;
};

struct Container {
  ContainerId id;
  /// "docker" "podman" "containerd" "cri-o" "lxc" "systemd-nspawn" "bubblewrap" "vitrine" "oci",
  /// "unshare" for processes in namespaces of their own that no engine claims.
  std::string engine;
  std::optional<std::string> name, image;
  std::optional<std::string> pod, pod_namespace; ///< of Kubernetes
  ContainerStatus status = ContainerStatus::running;
  std::optional<ProcessId> init; ///< its first process; none: stopped
  std::uint32_t processes = 0;
  std::vector<ContainerNamespace> namespaces; ///< of its init, by kind
  std::vector<CgroupId> cgroups;              ///< of its init, the top one of each hierarchy
  std::optional<MountId> root;                ///< the mount that is its root
  std::vector<Label> labels;                  ///< by key
  /// What told of it: "processes", "cgroup", "files", "socket".
  std::vector<std::string> sources;
  std::vector<std::string> disagreements; ///< between these sources, in words
  friend bool operator==(const Container&, const Container&) = default;
};

template<>
struct EnumNames<ContainerStatus> {
  static constexpr std::pair<ContainerStatus, std::string_view> names[] = {
      {ContainerStatus::running, "running"},
      {ContainerStatus::paused, "paused"},
      {ContainerStatus::stopped, "stopped"}};
};

template<>
struct EnumNames<Sharing> {
  static constexpr std::pair<Sharing, std::string_view> names[] = {
      {Sharing::own, "own"},
      {Sharing::host, "host"},
      {Sharing::container, "container"},
      {Sharing::other, "other"}};
};

template<>
struct Description<Label> {
  using T = Label;
  static constexpr std::string_view name = "label";
  static constexpr std::string_view doc = "A label or annotation.";
  static constexpr auto fields =
      std::tuple{Field{"key", &T::key, ""}, Field{"value", &T::value, ""}};
};

template<>
struct Description<ContainerNamespace> {
  using T = ContainerNamespace;
  static constexpr std::string_view name = "container_namespace";
  static constexpr std::string_view doc = "A container's namespace of one kind.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, ""},
                 Field{"sharing", &T::sharing,
                       "its own, the host's, another container's, or other processes'"},
                 Field{"shared_with", &T::shared_with, ""}};
};

template<>
struct Description<Container> {
  using T = Container;
  static constexpr std::string_view name = "container";
  static constexpr std::string_view doc =
      "A container, or processes in namespaces of their own that no engine claims.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "ENGINE/ID"},
                 Field{"engine", &T::engine, ""},
                 Field{"name", &T::name, ""},
                 Field{"image", &T::image, ""},
                 Field{"pod", &T::pod, "of Kubernetes"},
                 Field{"pod_namespace", &T::pod_namespace, "of Kubernetes"},
                 Field{"status", &T::status, ""},
                 Field{"init", &T::init, "its first process"},
                 Field{"processes", &T::processes, ""},
                 Field{"namespaces", &T::namespaces, "of its init"},
                 Field{"cgroups", &T::cgroups, "the top one of each hierarchy"},
                 Field{"root", &T::root, "the mount that is its root"},
                 Field{"labels", &T::labels, ""},
                 Field{"sources", &T::sources, "processes, cgroup, files, socket"},
                 Field{"disagreements", &T::disagreements, "between these sources"}};
};

} // namespace vitrine::objects
