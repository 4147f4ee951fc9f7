// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/kernel_types.h"

#include "userspace/loader/relocation_types.h"

#include <fcntl.h>
#include <sys/mman.h>

namespace vitrine::loader {

KernelTypes::KernelTypes()
    : file_(::memfd_create("vitrine-kernel-types", MFD_CLOEXEC)),
      path_(fmt::format("/proc/self/fd/{}", file_.get())) {}

bpf_object_open_opts KernelTypes::open_options() const {
  bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.btf_custom_path = path_.c_str();
  return options;
}

Result<void> KernelTypes::fill(const KernelBtf& kernel, const bpf_object* object) const {
  const auto needed = relocation_types(kernel, bpf_object__btf(object));
  if (!needed) return tl::unexpected(needed.error());
  return write_file_at(AT_FDCWD, path_, *needed);
}

} // namespace vitrine::loader
