// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"
#include "userspace/events/record.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vitrine::world {

/// The containers that a record speaks of, for who would ask engines about them: in the command
/// lines of runtimes, shims, monitors and clients, in cgroup paths, in an engine's directories, in
/// requests of an engine's API and in its answer to a create. Ids are valid as ids, everything else
/// is foreign text. `socket`: path of the engine's socket, of a request or response.
[[nodiscard]] std::vector<events::ContainerHint> container_hints(const events::Record& record,
                                                                 std::string_view socket = {});

/// The same for the records of a stream, one after the other: knows which socket a connection is
/// to.
class ContainerHints {
public:
  std::vector<events::ContainerHint> operator()(const events::Record& record);

private:
  std::map<std::uint32_t, std::string> sockets_; ///< by the connecting socket's inode
};

} // namespace vitrine::world
