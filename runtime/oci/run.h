// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>

namespace vitrine::oci {

struct RunOptions {
  std::string root;   ///< the runtime's own directory
  std::string bundle; ///< config.json's directory; empty: see config
  std::string config; ///< read this file; empty: BUNDLE/config.json
  std::string id;
};

/// Creates the container, runs its command in the foreground and removes it. Returns the exit
/// status: the command's own, 128+n after signal n, 126 or 127 when it could not be executed (the
/// reason has been reported). An error: there was no container. With `config` and no `bundle`, the
/// container's own directory is the bundle: there, config.json is a copy.
Result<int> run_container(const RunOptions& options);

} // namespace vitrine::oci
