// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "runtime/oci/outcome.h"

namespace vitrine::oci {

/// Child: the capability bounding set shrinks to `bounding`. Needs CAP_SETPCAP, so comes first.
[[nodiscard]] Outcome limit_bounding_set(std::uint64_t bounding) noexcept;

/// Child: groups, gid and uid (credentials(7)), keeping permitted capabilities for the next step.
[[nodiscard]] Outcome become_user(const User& user, bool may_set_groups) noexcept;

/// Child: the five sets of capabilities(7) are exactly these.
[[nodiscard]] Outcome set_capabilities(const Capabilities& capabilities) noexcept;

[[nodiscard]] Outcome forbid_new_privileges() noexcept;

} // namespace vitrine::oci
