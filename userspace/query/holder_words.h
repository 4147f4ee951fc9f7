// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/lookup.h"

#include <string>

namespace vitrine::query {

/// What keeps a namespace alive: "process 1234 (nginx)", "mount /run/netns/blue". Not escaped.
[[nodiscard]] std::string holder_words(const objects::Holder& holder, const Lookup& lookup);

} // namespace vitrine::query
