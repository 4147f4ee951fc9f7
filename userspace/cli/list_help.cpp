// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/list_help.h"

#include <fmt/format.h>

namespace vitrine::cli {
namespace {

// In the order of query::Table.
constexpr ListHelp kHelp[] = {
    {"ps", "A process is below the one that made it.",
     "  sudo vitrine ps --filter 'lives_in=web'\n"
     "  sudo vitrine ps --tree --filter 'not lives_in=host'\n"
     "  sudo vitrine ps --columns +lsm_label,-seccomp --filter 'capabilities=all'\n"
     "  vitrine ps --from host.json --filter 'netns=4026531840 command~^nginx'\n"},
    {"namespaces",
     "User and pid namespaces are below their parent, the others below the user namespace that "
     "owns "
     "them.",
     "  sudo vitrine namespaces --filter 'processes=0'\n"
     "  sudo vitrine namespaces --filter 'kind=net held_by~in.flight' --columns +release\n"
     "  sudo vitrine namespaces --tree\n"},
    {"cgroups", "A cgroup is below the one whose directory it is in.",
     "  sudo vitrine cgroups --filter 'memory>64M' --sort -memory\n"
     "  sudo vitrine cgroups --tree --filter 'hierarchy=v2'\n"
     "  sudo vitrine cgroups --filter 'oom_kills>0 or frozen=yes'\n"},
    {"mounts", "A mount is below the one that it is mounted in.",
     "  sudo vitrine mounts --filter 'lives_in=web'\n"
     "  sudo vitrine mounts --filter 'type=overlay' --columns +lowers,+upper\n"
     "  sudo vitrine mounts --filter 'docker.sock'\n"},
    {"layers", "A layer is below the one that it is stacked on.",
     "  sudo vitrine layers web\n"
     "  sudo vitrine layers --sort -bytes\n"
     "  sudo vitrine layers --tree\n"},
    {"containers", "A container is below the one in whose cgroup it is.",
     "  sudo vitrine containers\n"
     "  sudo vitrine containers --filter 'shares_with_host=net' --sort -memory\n"
     "  sudo vitrine containers --json | jq -r '.containers[].id'\n"},
    {"networks", "A network namespace is below the one with the bridge that its veth leads to.",
     "  sudo vitrine networks\n"
     "  sudo vitrine networks --filter 'listening~:443$'\n"
     "  sudo vitrine networks --tree\n"},
};

constexpr std::string_view kLanguage =
    R"(Filters: words look into the columns shown, whatever the case; column=value != < <= > >= compare
(64M, 1.5G, 250ms); column~regex fits a regular expression; and, or, not, ( ) join; side by side means
and; quotes take away every meaning. A comparison with what is not known is false; column=null finds it.
"-" in a table is null: not known, or none. "max" is no limit.
)";

} // namespace

const ListHelp& list_help(query::Table table) {
  return kHelp[static_cast<std::size_t>(table)];
}

std::string list_footer(query::Table table) {
  const ListHelp& help = list_help(table);
  return fmt::format("{}{}\nvitrine {} --columns help explains all columns.\n\nExamples:\n{}",
                     kLanguage, "Trees: " + std::string(help.tree), help.command, help.examples);
}

} // namespace vitrine::cli
