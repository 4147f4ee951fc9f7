// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/loader/kernel_btf.h"

#include <bpf/libbpf.h>

#include <string>

namespace vitrine::loader {

/// What libbpf relocates a BPF object with instead of all the kernel's types: the few that the
/// object reads (relocation_types.h), known once it is opened. Must live until it is loaded.
class KernelTypes {
public:
  KernelTypes();
  /// To open the object with.
  [[nodiscard]] bpf_object_open_opts open_options() const;
  /// After opening it, before loading.
  Result<void> fill(const KernelBtf& kernel, const bpf_object* object) const;

private:
  UniqueFd file_;
  std::string path_;
};

} // namespace vitrine::loader
