// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/objects/network.h"
#include "userspace/objects/snapshot.h"

#include <vector>

namespace vitrine::networks {

/// A network namespace and a way into it.
struct Door {
  objects::NamespaceId id;
  UniqueFd fd; ///< of nsfs
};

struct Readings {
  std::vector<objects::Network> networks; ///< by identity; whose they are is for others to say
  std::vector<objects::SourceError> errors;
};

/// What is in each of these namespaces. One that cannot be entered is left out, and counted.
[[nodiscard]] Readings read(const std::vector<Door>& doors);

} // namespace vitrine::networks
