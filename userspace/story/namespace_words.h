// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/events.h"

#include <cstdint>
#include <string>

namespace vitrine::story {

/// "mnt, uts, pid namespaces": those that differ. Empty: none does.
[[nodiscard]] std::string changed_namespace_words(const ev_namespaces& before,
                                                  const ev_namespaces& after);

/// The same for CLONE_NEW* flags.
[[nodiscard]] std::string namespace_flag_words(std::uint64_t flags);

} // namespace vitrine::story
