// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/mount.h"
#include "userspace/objects/namespace.h"
#include "userspace/objects/process.h"

#include <string>

/// What would make a holder let go of a namespace, for a person or a shell. Names are as foreign as
/// they come: what is shown goes through escape_text as everything does.
namespace vitrine::world {

/// Of the processes that live in `row`, of which `oldest` is one.
[[nodiscard]] std::string release_of_processes(const objects::Namespace& row,
                                               const objects::Process& oldest);
[[nodiscard]] std::string release_of_thread(const objects::Process& process, std::uint32_t tid);
/// `tid`: of the thread, where it is not the main one.
[[nodiscard]] std::string release_for_children(const objects::Process& process,
                                               std::optional<std::uint32_t> tid);
[[nodiscard]] std::string release_of_file(const objects::Process& process,
                                          const objects::NamespaceFile& file);
/// `where`: the mount namespace that the mount is in.
[[nodiscard]] std::string release_of_mount(const objects::Mount& mount,
                                           const objects::Namespace& where);
[[nodiscard]] std::string release_of_child(const objects::NamespaceId& child);
[[nodiscard]] std::string release_of_owned(const objects::NamespaceId& owned);

} // namespace vitrine::world
