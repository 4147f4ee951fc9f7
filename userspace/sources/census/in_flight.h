// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <vector>

namespace vitrine::census {

/// The files that the first message in a unix socket's queue carries (SCM_RIGHTS). They stay in the
/// queue: the look (MSG_PEEK) gives us descriptors of our own. Empty: none, or no unix socket, or
/// one whose owner peeks itself, which a look would disturb (SO_PEEK_OFF, socket(7)).
[[nodiscard]] std::vector<UniqueFd> peek_files(int socket);

} // namespace vitrine::census
