// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace vitrine::kernel {

enum CapabilityNumber : std::uint8_t {
#define CAPABILITY(name, number) k##name = (number),
#include "userspace/kernel/flags/capability.inc"
#undef CAPABILITY
};

/// Every capability of capabilities(7) that this program knows.
inline constexpr std::uint64_t kAllCapabilities = 0
#define CAPABILITY(name, number) | (1ULL << (number))
#include "userspace/kernel/flags/capability.inc"
#undef CAPABILITY
    ;

[[nodiscard]] constexpr std::uint64_t capability_bit(CapabilityNumber number) {
  return 1ULL << number;
}

/// Those that Docker leaves to a container's root.
inline constexpr std::uint64_t kDockerCapabilities =
    capability_bit(kCAP_AUDIT_WRITE) | capability_bit(kCAP_CHOWN) |
    capability_bit(kCAP_DAC_OVERRIDE) | capability_bit(kCAP_FOWNER) | capability_bit(kCAP_FSETID) |
    capability_bit(kCAP_KILL) | capability_bit(kCAP_MKNOD) | capability_bit(kCAP_NET_BIND_SERVICE) |
    capability_bit(kCAP_NET_RAW) | capability_bit(kCAP_SETFCAP) | capability_bit(kCAP_SETGID) |
    capability_bit(kCAP_SETPCAP) | capability_bit(kCAP_SETUID) | capability_bit(kCAP_SYS_CHROOT);

} // namespace vitrine::kernel
