// SPDX-License-Identifier: Apache-2.0
/// mountinfo of a mount namespace, with overlay options and mount points as anybody may choose them,
/// and the map files of user namespaces.
#include "userspace/sources/mounts/mount_namespace.h"
#include "userspace/sources/mounts/propagation.h"
#include "userspace/sources/namespaces/id_map.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto mounts = vitrine::mounts::mounts_of(1, text))
    vitrine::mounts::fill_propagate_from(*mounts);
  (void)vitrine::namespaces::id_map_of(text);
  return 0;
}
