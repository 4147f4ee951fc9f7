// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace vitrine {

/// What is left to read of `fd`, at most `limit` bytes: more is an error, not a cut. `name` is what
/// errors call it, escaped.
Result<std::string> read_all(int fd, std::string_view name, std::size_t limit);

} // namespace vitrine
