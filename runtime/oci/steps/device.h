// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "runtime/oci/outcome.h"

namespace vitrine::oci {

/// Child: the device nodes, made with mknodat(2), or bound from the host where that is refused.
[[nodiscard]] Outcome make_devices(int root, const std::vector<Device>& devices,
                                   bool bind) noexcept;

} // namespace vitrine::oci
