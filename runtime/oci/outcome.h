// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>

namespace vitrine::oci {

/// How one step of the child went. The child may not allocate, so this is no Result.
struct [[nodiscard]] Outcome {
  const char* call = nullptr; ///< the refused system call, static text; null: all is well
  int error = 0;              ///< its errno
  std::uint32_t item = 0;     ///< which mount, device, path …

  [[nodiscard]] bool ok() const noexcept { return call == nullptr; }
};

/// The call just made was refused.
inline Outcome refused(const char* call, std::uint32_t item = 0) noexcept {
  return {call, errno, item};
}

} // namespace vitrine::oci
