// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/sources/engines/host.h"
#include "userspace/sources/engines/note.h"

#include <vector>

namespace vitrine::engines {

/// What was found in files, without asking any daemon.
struct Findings {
  std::vector<ContainerNote> notes;
  std::vector<std::string> errors; ///< what could not be read though it is there, for a person
};

// Each adds what the files of one engine tell: of all its containers for a hint without id; else at
// least of those that the id, the name or the beginning of an id may mean.

/// `data-root`/containers, layerdb and overlay2, as dockerd keeps them.
void find_docker(const Host& host, const ContainerHint& hint, Findings& found);

/// containers-storage(5), which podman and cri-o share.
void find_podman_and_crio(const Host& host, const ContainerHint& hint, Findings& found);

/// The bundles of containerd's tasks; those in its namespace "moby" are docker's.
void find_containerd(const Host& host, const ContainerHint& hint, Findings& found);

/// LXCPATH/NAME/config: lxc.container.conf(5).
void find_lxc(const Host& host, const ContainerHint& hint, Findings& found);

/// What systemd-machined(8) has registered, and systemd-nspawn(1) where it runs without that.
void find_nspawn(const Host& host, const ContainerHint& hint, Findings& found);

/// Vitrine's own runtime.
void find_vitrine(const Host& host, const ContainerHint& hint, Findings& found);

/// The state directories of runc and crun, which say nothing of names and images themselves.
void find_oci_runtime(const Host& host, const ContainerHint& hint, Findings& found);

} // namespace vitrine::engines
