// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/objects/namespace.h"

#include <string>

namespace vitrine::namespaces {

/// A file of nsfs that stands for the namespace: by its identity for ever where the kernel has one,
/// else by who lives in it or holds it. ESRCH: it has gone, or no way that is known leads there.
Result<UniqueFd> open(const objects::Namespace& row, const std::string& proc = "/proc");

} // namespace vitrine::namespaces
