// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "runtime/oci/outcome.h"
#include "userspace/base/error.h"

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace vitrine::oci {

/// Parent: uid_map and gid_map of the child's user namespace (user_namespaces(7)).
Result<void> write_id_maps(pid_t child, const std::vector<IdMapping>& uids,
                           const std::vector<IdMapping>& gids);

/// Child: root of the user namespace that it was cloned into.
[[nodiscard]] Outcome become_namespace_root(bool may_set_groups) noexcept;

/// Child: a cgroup namespace whose root is the cgroup it has been moved to.
[[nodiscard]] Outcome make_cgroup_namespace() noexcept;

/// Child: a session keyring of its own, so that the caller's keys stay the caller's.
[[nodiscard]] Outcome join_session_keyring(const char* name) noexcept;

[[nodiscard]] Outcome set_host_name(const std::string& name) noexcept;
[[nodiscard]] Outcome set_domain_name(const std::string& name) noexcept;

/// Child: "lo" of its new network namespace is up.
[[nodiscard]] Outcome bring_up_loopback() noexcept;

} // namespace vitrine::oci
