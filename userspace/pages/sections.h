// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/pages/page.h"

/// What several pages tell.
namespace vitrine::pages {

/// Limits and use, as cgroups count them.
void add_usage(Section& section, const objects::CgroupState& state);

/// User, capabilities, seccomp and what else bounds a process.
void add_privileges(Section& section, const objects::Process& process);

/// Interfaces with their peers, default routes, sockets that wait.
void add_network(Section& section, const objects::Network& network, const query::Lookup& lookup);

/// "web (docker)"
[[nodiscard]] std::string container_words(const objects::ContainerId& id,
                                          const query::Lookup& lookup);
/// The same of several, with commas.
[[nodiscard]] std::string containers_words(const std::vector<objects::ContainerId>& ids,
                                           const query::Lookup& lookup);

/// "net:[4026531840]", with "the host's" or the containers that live in it.
[[nodiscard]] std::string namespace_words(const objects::NamespaceId& id,
                                          const query::Lookup& lookup);

/// A namespace whose number is a process's link.
[[nodiscard]] std::optional<objects::NamespaceId> namespace_of(const objects::Process& process,
                                                               objects::NamespaceKind kind);

[[nodiscard]] bool read_only(const objects::Mount& mount);

/// "1.5G"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// "1 layer", "2 layers"
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

} // namespace vitrine::pages
