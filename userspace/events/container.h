// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::events {

/// A container that was heard of: enough to ask an engine about it. What is not known is empty or
/// 0.
struct ContainerHint {
  std::string engine; ///< as in ContainerNote; empty: any of them
  /// Or the first digits of a long id, twelve at least; with an engine or a socket also a name, or
  /// fewer digits: another engine's container may be called as a runtime's has its id.
  std::string id;
  std::string socket;    ///< path of the engine's socket as its client sees it
  std::uint32_t pid = 0; ///< some process of the container, in the initial pid namespace
  std::vector<std::string> directories; ///< where to look: the OCI bundle, the engine's data
};

/// A layer with the name that its engine gives it. One may come more than once: engines have
/// several names for its directory.
struct LayerName {
  std::string directory; ///< as an overlay mount names it
  std::string name;      ///< "alpine:3 layer 1 (0d31…)", "container layer"
};

/// What an engine, or the state that it keeps in files, tells about one container. Several notes
/// may come for one container; each adds to what the others told. What it does not tell is empty or
/// 0.
struct ContainerNote {
  std::uint64_t time_ns = 0; ///< CLOCK_BOOTTIME at which it came
  std::string
      engine;     ///< "docker" "podman" "containerd" "cri-o" "lxc" "systemd-nspawn" "vitrine" "oci"
  std::string id; ///< whole
  std::string name;           ///< what people call it
  std::string image;          ///< "alpine:3"
  std::uint32_t init_pid = 0; ///< in the initial pid namespace
  /// Host directories that only this container uses: its upper layer, its root, its bundle, its
  /// network namespace's file. Who mounts there works for it.
  std::vector<std::string> directories;
  std::vector<LayerName> layers; ///< topmost first
  std::string error;             ///< why nothing or not everything could be learnt; for a person
};

/// A container as events name it. What is not known is empty.
struct ContainerLabel {
  std::string engine; ///< as in ContainerNote
  std::string id;     ///< whole; of engines without ids the name
  std::string name;
  std::string image;
};

/// To which container an event belongs, and whether to what is traced at all.
struct Belonging {
  const ContainerLabel* container = nullptr; ///< null: to none, or not known to which
  /// Nothing but the time says that the event belongs here: to `container` or, without one, to what
  /// is traced.
  bool guessed = false;
  bool shown = true; ///< false: a daemon did it for somebody else
};

} // namespace vitrine::events
