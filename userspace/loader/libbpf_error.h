// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>

namespace vitrine::loader {

/// From now on what libbpf says is kept for libbpf_error(), and not printed. For the whole process.
void listen_to_libbpf();

/// What libbpf refused, with its last words when they help.
[[nodiscard]] tl::unexpected<Error> libbpf_error(int negative_errno, const std::string& step);

} // namespace vitrine::loader
