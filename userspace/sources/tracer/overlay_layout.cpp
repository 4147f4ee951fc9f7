// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_layout.h"

#include "userspace/base/unique_fd.h"

#include <sys/mount.h>

namespace vitrine::tracer {

vitrine_overlay_layout overlay_layout(const KernelBtf& kernel) {
  // Overlay is a module on many systems. Asking for it loads it, as the first overlay mount of the
  // command would; a kernel without it refuses, which is no failure of ours.
  const UniqueFd loads_module(::fsopen("overlay", FSOPEN_CLOEXEC));
  const auto module = KernelBtf::open_module(kernel, "overlay");
  const KernelBtf& source = module ? *module : kernel;
  const auto config = source.member_offset("ovl_fs", "config");
  const auto in_config = [&](std::string_view member) {
    const auto inner = source.member_offset("ovl_config", member);
    return config && inner ? *config + *inner : VITRINE_OFFSET_UNKNOWN;
  };
  vitrine_overlay_layout layout = {};
  layout.numlayer = source.member_offset("ovl_fs", "numlayer").value_or(VITRINE_OFFSET_UNKNOWN);
  layout.upperdir = in_config("upperdir");
  layout.workdir = in_config("workdir");
  layout.lowerdirs = in_config("lowerdirs");
  layout.lowerdir = in_config("lowerdir");
  return layout;
}

} // namespace vitrine::tracer
