// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vitrine::image {

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece: what names layers and images.
class Sha256 {
public:
  void add(std::span<const std::byte> bytes);
  /// Of all bytes added, as 64 lower-case hexadecimal digits. Nothing can be added afterwards.
  [[nodiscard]] std::string finish();

private:
  void add_block(const std::byte* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> partial_{};
  std::uint64_t length_ = 0;
};

} // namespace vitrine::image
