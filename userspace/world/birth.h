// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <optional>

namespace vitrine::world {

/// A new process: what clone, clone3, fork and vfork tell alike.
struct NewProcess {
  std::uint64_t flags = 0; ///< CLONE_*
  std::uint32_t pid = 0;
  std::uint32_t ns_pid = 0;
  std::uint64_t start_ns = 0;
  ev_namespaces before = {};
  ev_namespaces after = {};
  [[nodiscard]] bool thread() const;
};

/// Nothing when the record is another event, or the call failed.
[[nodiscard]] std::optional<NewProcess> new_process(const events::Record& record);

} // namespace vitrine::world
