// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/loader/kernel_btf.h"

namespace vitrine::tracer {

/// Where overlay's structs have what the programs read. Members that are not there are marked
/// unknown: then overlay mounts are shown without their layers.
[[nodiscard]] vitrine_overlay_layout overlay_layout(const loader::KernelBtf& kernel);

} // namespace vitrine::tracer
