// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace vitrine::mounts {

/// A directory that leads to a mount namespace's root, by the namespace's inode: "/proc/42/root".
using Roots = std::map<std::uint32_t, std::string>;

/// Finds the layers of overlays by the names that their options have. Those are as the mounting
/// process saw them: they are looked for where the overlay is mounted elsewhere than as "/" (in
/// there, pivot_root(2) has put away what it was made of), and then in `own`, the reader's mount
/// namespace. Names that are relative, or lead nowhere, stay without layer.
void find_layers(std::span<objects::Mount> mounts, const Roots& roots, std::uint32_t own);

} // namespace vitrine::mounts
