// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <linux/ioctl.h>

/// linux/mount.h and linux/nsfs.h as of Linux 6.15: the headers of the machine that builds may be
/// older.
namespace vitrine::mounts::abi {

inline constexpr long kStatmountCall = 457;
inline constexpr long kListmountCall = 458;
inline constexpr std::uint64_t kRootOfNamespace = ~std::uint64_t{0}; ///< LSMT_ROOT

struct MountIdRequest { ///< struct mnt_id_req
  std::uint32_t size = sizeof(MountIdRequest);
  std::uint32_t spare = 0;
  std::uint64_t mount_id = kRootOfNamespace;
  std::uint64_t parameter = 0; ///< statmount: what is wanted. listmount: go on after this mount
  std::uint64_t mount_namespace_id = 0;
};
static_assert(sizeof(MountIdRequest) == 32);

/// STATMOUNT_*
inline constexpr std::uint64_t kSbBasic = 0x1, kMountBasic = 0x2, kMountRoot = 0x8,
                               kMountPoint = 0x10, kFsType = 0x20, kFsSubtype = 0x100,
                               kSbSource = 0x200, kOptionArray = 0x400, kSecurityArray = 0x800,
                               kSupportedMask = 0x1000;
inline constexpr std::uint64_t kWanted = kSbBasic | kMountBasic | kMountRoot | kMountPoint |
                                         kFsType | kFsSubtype | kSbSource | kOptionArray |
                                         kSecurityArray | kSupportedMask;

struct StatMount { ///< struct statmount; strings are offsets behind it
  std::uint32_t size, mount_options;
  std::uint64_t mask;
  std::uint32_t device_major, device_minor;
  std::uint64_t magic;
  std::uint32_t super_flags, type;
  std::uint64_t id, parent_id;
  std::uint32_t old_id, old_parent_id;
  std::uint64_t attributes, propagation, peer_group, master_group, propagate_from;
  std::uint32_t root, mount_point;
  std::uint64_t mount_namespace_id;
  std::uint32_t subtype, source, option_count, options, security_count, security;
  std::uint64_t supported_mask;
  std::uint64_t spare[45];
};
static_assert(sizeof(StatMount) == 512);

struct MountNamespaceInfo { ///< struct mnt_ns_info
  std::uint32_t size = sizeof(MountNamespaceInfo);
  std::uint32_t mounts = 0;
  std::uint64_t id = 0;
};
static_assert(sizeof(MountNamespaceInfo) == 16);

inline constexpr unsigned long kNamespaceInfo = _IOR(0xb7, 10, MountNamespaceInfo),
                               kNextNamespace = _IOR(0xb7, 11, MountNamespaceInfo),
                               kPreviousNamespace = _IOR(0xb7, 12, MountNamespaceInfo);

} // namespace vitrine::mounts::abi
