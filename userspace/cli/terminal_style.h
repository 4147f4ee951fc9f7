// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"

#include <string_view>

namespace vitrine::cli {

/// What the terminal behind `fd` shows: width, the locale's characters, colour as `when` says
/// ("auto", "always", "never"; auto heeds NO_COLOR and TERM=dumb). setlocale was called before.
[[nodiscard]] output::TextStyle terminal_style(int fd, std::string_view when);

} // namespace vitrine::cli
