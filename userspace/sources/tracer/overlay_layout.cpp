// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_layout.h"

#include "userspace/base/unique_fd.h"

#include <linux/btf.h>
#include <sys/mount.h>

namespace vitrine::tracer {

vitrine_overlay_layout overlay_layout(const loader::KernelBtf& kernel) {
  // Overlay is a module on many systems. Asking for it loads it, as the first overlay mount of the
  // command would; a kernel without it refuses, which is no failure of ours.
  const UniqueFd loads_module(::fsopen("overlay", FSOPEN_CLOEXEC));
  const auto module = loader::KernelBtf::open_module(kernel, "overlay");
  const loader::KernelBtf& source = module ? *module : kernel;
  const auto member = [&](std::string_view type, std::string_view name) {
    return source.member_offset(type, name).value_or(VITRINE_OFFSET_UNKNOWN);
  };
  const auto in_config = [&](std::string_view name) {
    const auto config = source.member_offset("ovl_fs", "config");
    const auto inner = source.member_offset("ovl_config", name);
    return config && inner ? *config + *inner : VITRINE_OFFSET_UNKNOWN;
  };
  const auto layer = source.find(BTF_KIND_STRUCT, "ovl_layer");
  return {
      .numlayer = member("ovl_fs", "numlayer"),
      .layers = member("ovl_fs", "layers"),
      .whiteout = member("ovl_fs", "whiteout"),
      .upperdir = in_config("upperdir"),
      .workdir = in_config("workdir"),
      .lowerdirs = in_config("lowerdirs"),
      .lowerdir = in_config("lowerdir"),
      .layer_size = layer ? source.size_or_type(*layer) : 0,
      .layer_mnt = member("ovl_layer", "mnt"),
      .layer_idx = member("ovl_layer", "idx"),
      .vfs_inode = member("ovl_inode", "vfs_inode"),
      .upperdentry = member("ovl_inode", "__upperdentry"),
      .entry = member("ovl_inode", "oe"),
      .lowerpath = member("ovl_inode", "lowerpath"),
      .numlower = member("ovl_entry", "__numlower"),
      .lowerstack = member("ovl_entry", "__lowerstack"),
      .path_layer = member("ovl_path", "layer"),
  };
}

} // namespace vitrine::tracer
