// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/loader/kernel_btf.h"

#include <cstdint>
#include <optional>
#include <string>

#include <linux/bpf.h>

namespace vitrine::loader {

/// Programs on BTF tracepoints, functions and iterators name what they attach to by its type's id
/// in the kernel. libbpf would parse all of the kernel's type information for it, most of the time
/// that loading takes. While this lives, the ids come from `kernel`, and libbpf learns what such a
/// program is only when it loads it. One at a time in a process.
class AttachIds {
public:
  explicit AttachIds(const KernelBtf& kernel);
  AttachIds(const AttachIds&) = delete;
  AttachIds& operator=(const AttachIds&) = delete;
  AttachIds(AttachIds&&) = delete;
  AttachIds& operator=(AttachIds&&) = delete;
  ~AttachIds();

  static std::optional<std::uint32_t> find(const KernelBtf& kernel, bpf_attach_type attach,
                                           const std::string& target);
};

} // namespace vitrine::loader
