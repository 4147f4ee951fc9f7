// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/snapshot.h"

namespace vitrine::objects {

/// A small host with all sorts of containers, and with names that attack terminals:
///   web   docker, as it comes: own namespaces but user, an nginx with a worker
///   ci    docker, privileged, the host's pid and net namespaces, docker.sock and / mounted
///   db    podman without root: own user namespace, web's network
///   evil  "unshare" by someone whose names are hostile
/// and a network namespace that only a mount keeps alive. tests/data/objects/host.json is it.
Snapshot sample_host();

/// 4 KB of one letter.
std::string long_name();

} // namespace vitrine::objects
