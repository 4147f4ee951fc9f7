// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/container.h"

#include <cstdint>
#include <string>

namespace vitrine::story {

// Values that the headers of an older build machine may lack or that two headers fight over.
inline constexpr std::uint32_t kUmountDetach = 2;            // sys/mount.h MNT_DETACH
inline constexpr std::uint32_t kAtRecursive = 0x8000;        // linux/fcntl.h AT_RECURSIVE
inline constexpr std::uint32_t kFsconfigCreateExclusive = 8; // FSCONFIG_CMD_CREATE_EXCL, 6.6

/// "ro,nosuid,nodev" as mount(8) writes MS_* flags; those that pick the operation are left out.
[[nodiscard]] std::string mount_option_words(std::uint64_t flags);

/// The same for MOUNT_ATTR_*.
[[nodiscard]] std::string attribute_words(std::uint64_t flags);

/// "private recursively"
[[nodiscard]] std::string propagation_words(std::uint64_t flags);

/// "2 lower layers, upper /x/upper"
[[nodiscard]] std::string layer_words(const RootFilesystem& overlay);

} // namespace vitrine::story
