// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"

#include <cstdint>
#include <map>
#include <set>
#include <span>

namespace vitrine::tracer {

/// Who is to be followed when someone connects to a server: abi/control.h tells what a circle is.
struct DaemonCircles {
  std::map<std::uint64_t, std::uint64_t> by_address; ///< a server's address → circles it wakes
  std::map<std::uint32_t, std::uint64_t> by_process; ///< thread group id → circles it belongs to
  std::uint64_t engines = 0;                         ///< circles whose server is a container engine
};

/// Works the circles out from all unix sockets of the host. `outsiders` are thread groups that
/// belong to none: the tracer, and what it traces anyway. Engines get circles of their own first;
/// servers beyond the 63rd share the last one, so that the kernel follows more than it need.
[[nodiscard]] DaemonCircles daemon_circles(std::span<const vitrine_socket> sockets,
                                           const std::set<std::uint32_t>& outsiders);

} // namespace vitrine::tracer
