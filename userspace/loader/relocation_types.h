// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/loader/kernel_btf.h"

#include <string>

struct btf;

namespace vitrine::loader {

/// The part of the kernel's type information that relocating a BPF object needs, as a BTF file's
/// bytes: its structs by name, with just the members that the object's own versions of them have.
/// libbpf compares every type of the object with every type it is given; this makes it some dozens
/// instead of a hundred thousand.
Result<std::string> relocation_types(const KernelBtf& kernel, const btf* object);

} // namespace vitrine::loader
