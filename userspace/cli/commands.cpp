// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/command.h"
#include "userspace/cli/completion.h"
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
    {"completion", "Print the completion script for a shell", "bash|zsh|fish", declare_completion},
};

} // namespace

std::span<const Command> all_commands() {
  return kCommands;
}

} // namespace vitrine::cli
