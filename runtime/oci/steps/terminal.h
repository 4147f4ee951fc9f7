// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "runtime/oci/outcome.h"
#include "userspace/base/unique_fd.h"

namespace vitrine::oci {

/// Child: a pseudoterminal of the container's own devpts becomes its controlling terminal, its
/// stdin, stdout and stderr and /dev/console; the other end goes to the parent over `channel`.
/// Everything is reached by descriptor: the image's /dev/pts and /dev/console, whatever they are,
/// lead nowhere (CVE-2025-52565, CVE-2026-88264).
[[nodiscard]] Outcome open_terminal(int root, const Process& process, int channel) noexcept;

} // namespace vitrine::oci
