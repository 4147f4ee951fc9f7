// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <linux/openat2.h>
#include <sys/types.h>

namespace vitrine {

/// Paths below a directory that somebody else filled: a container's root, a layer being unpacked.
/// Nothing they name lies outside: ".." and symbolic links end at `root` (openat2(2),
/// RESOLVE_IN_ROOT), and magic links of proc are refused. A `path` may begin with "/".
/// No function here allocates or throws: the child of a clone calls them. All return -1 and errno.

/// openat2(2) with O_CLOEXEC. `resolve` is added to RESOLVE_IN_ROOT, e.g. RESOLVE_NO_SYMLINKS.
[[nodiscard]] int open_in_root(int root, const char* path, int flags, std::uint64_t resolve = 0,
                               mode_t mode = 0) noexcept;

/// The directory `path` as an O_PATH descriptor; what is missing of it is made, mode 0755.
[[nodiscard]] int make_directory_in_root(int root, const char* path,
                                         std::uint64_t resolve = 0) noexcept;

/// The file `path` as an O_PATH descriptor; it and its directories are made when missing.
[[nodiscard]] int make_file_in_root(int root, const char* path, std::uint64_t resolve = 0) noexcept;

/// The directory that holds the last component of `path`, made when missing, and that component.
struct Parent {
  int directory = -1; ///< owned by the caller; -1 and errno on failure
  const char* name = nullptr;
};
[[nodiscard]] Parent open_parent_in_root(int root, const char* path,
                                         std::uint64_t resolve = 0) noexcept;

} // namespace vitrine
