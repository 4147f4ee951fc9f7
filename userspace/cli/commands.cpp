// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/command.h"
#include "userspace/cli/completion.h"
#include "userspace/cli/export.h"
#include "userspace/cli/inspect.h"
#include "userspace/cli/list.h"
#include "userspace/cli/replay.h"
#include "userspace/cli/run.h"
#include "userspace/cli/trace.h"

namespace vitrine::cli {
namespace {

/// THE table of commands: help, completion and dispatch read it.
constexpr Command kCommands[] = {
    {"trace", "Show how containers are made: by a command, or what runs already", "[--] COMMAND...",
     declare_trace},
    {"replay", "Show a recorded trace again", "FILE", declare_replay, OptionsStand::anywhere},
    {"run", "Create a container and run a command in it", "[IMAGE] [COMMAND...]", declare_run},
    {"ps", "List processes: which container each lives in, what it may do", "",
     declare_list_of<query::Table::processes>, OptionsStand::anywhere},
    {"namespaces", "List every namespace, who lives in it, and what keeps it alive", "",
     declare_list_of<query::Table::namespaces>, OptionsStand::anywhere},
    {"cgroups", "List cgroups with their limits and use", "",
     declare_list_of<query::Table::cgroups>, OptionsStand::anywhere},
    {"mounts", "List the mounts of every mount namespace", "",
     declare_list_of<query::Table::mounts>, OptionsStand::anywhere},
    {"containers", "List containers of every engine", "", declare_list_of<query::Table::containers>,
     OptionsStand::anywhere},
    {"networks", "List network namespaces: interfaces, addresses, sockets that listen", "",
     declare_list_of<query::Table::networks>, OptionsStand::anywhere},
    {"layers", "List the layers of overlay mounts, of all or of one container", "[CONTAINER|PID]",
     declare_list_of<query::Table::layers>, OptionsStand::anywhere},
    {"inspect", "Tell all of one container, process, namespace, cgroup or layer", "TARGET",
     declare_inspect, OptionsStand::anywhere},
    {"export", "Write all objects of this host as one JSON document", "", declare_export,
     OptionsStand::anywhere},
    {"completion", "Print the completion script for a shell", "bash|zsh|fish", declare_completion},
};

} // namespace

std::span<const Command> all_commands() {
  return kCommands;
}

} // namespace vitrine::cli
