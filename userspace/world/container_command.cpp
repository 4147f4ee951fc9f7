// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/container_command.h"

#include "userspace/events/field.h"

#include <algorithm>

namespace vitrine::world {
namespace {

using Words = std::span<const std::string_view>;
using Role = ContainerCommand::Role;

/// A command of which an argument is the container.
struct Command {
  std::string_view word;
  std::size_t at; ///< which argument, from 0
};

/// How to read a program's command line. "-o VALUE", "--option VALUE" and "--option=VALUE" are the
/// same to all of them; which options have no value is what one must know to find the arguments.
struct Program {
  std::string_view name; ///< or how it begins: "containerd-shim-runc-v2"
  Role role = Role::runtime;
  std::string_view engine = {};
  Words id = {}; ///< options that tell the container
  Words label = {};
  Words bundle = {};
  Words root = {};
  Words space = {}; ///< tells containerd's namespace, and with it the engine
  std::span<const Command> commands = {};
  Words groups = {}; ///< words before a command
  Words switches = {};
};

// runc(8), crun(1) and those who took over their command line.
constexpr Command kRuntimeCommands[] = {
    {"create", 0}, {"run", 0},    {"start", 0},   {"exec", 0},      {"kill", 0},
    {"delete", 0}, {"pause", 0},  {"resume", 0},  {"ps", 0},        {"update", 0},
    {"state", 0},  {"events", 0}, {"restore", 0}, {"checkpoint", 0}};
constexpr std::string_view kRuntimeSwitches[] = {"--debug",
                                                 "--systemd-cgroup",
                                                 "--no-pivot",
                                                 "--no-new-keyring",
                                                 "--no-subreaper",
                                                 "--keep",
                                                 "--detach",
                                                 "-d",
                                                 "--tty",
                                                 "-t",
                                                 "--force",
                                                 "--all",
                                                 "-a",
                                                 "--ignore-paused",
                                                 "--stats",
                                                 "--regex",
                                                 "--no-new-privs",
                                                 "--leave-running",
                                                 "--tcp-established"};
constexpr std::string_view kBundle[] = {"--bundle", "-b"};
constexpr std::string_view kRoot[] = {"--root"};

// Go's flags, with one dash or two.
constexpr std::string_view kShimId[] = {"-id", "--id"};
constexpr std::string_view kShimSpace[] = {"-namespace", "--namespace"};
constexpr std::string_view kShimBundle[] = {"-bundle", "--bundle"};
constexpr std::string_view kShimSwitches[] = {"-debug", "--debug", "-v", "-info"};

constexpr std::string_view kConmonId[] = {"-c", "--cid"};
constexpr std::string_view kConmonName[] = {"-n", "--name"};
constexpr std::string_view kConmonSwitches[] = {"-e",
                                                "--exec",
                                                "-i",
                                                "--stdin",
                                                "-s",
                                                "--systemd-cgroup",
                                                "-t",
                                                "--terminal",
                                                "--exec-attach",
                                                "--full-attach",
                                                "--leave-stdin-open",
                                                "--no-new-keyring",
                                                "--no-pivot",
                                                "--no-sync-log",
                                                "--replace-listen-pid",
                                                "--restore",
                                                "--sync",
                                                "--syslog"};

constexpr Command kCtrCommands[] = {{"run", 1},    {"create", 1}, {"start", 0},  {"exec", 0},
                                    {"attach", 0}, {"kill", 0},   {"pause", 0},  {"resume", 0},
                                    {"delete", 0}, {"del", 0},    {"remove", 0}, {"rm", 0}};
constexpr std::string_view kCtrGroups[] = {"tasks", "task", "t", "containers", "container", "c"};
constexpr std::string_view kCtrSpace[] = {"-n", "--namespace"};
constexpr std::string_view kCtrSwitches[] = {"--debug",
                                             "--rm",
                                             "--null-io",
                                             "--detach",
                                             "-d",
                                             "--tty",
                                             "-t",
                                             "--net-host",
                                             "--privileged",
                                             "--read-only",
                                             "--cni",
                                             "--all",

                                             "--force",
                                             "-f",
                                             "--no-pivot",
                                             "--seccomp",
                                             "--allow-new-privs",
                                             "--runc-systemd-cgroup",
                                             "--remap-labels",
                                             "--rootfs"};

constexpr std::string_view kLxcName[] = {"-n", "--name"};
constexpr std::string_view kLxcPath[] = {"-P", "--lxcpath"};
constexpr std::string_view kLxcSwitches[] = {"-d", "--daemon", "-F", "--foreground",
                                             "-q", "--quiet",  "-C", "--close-all-fds"};

constexpr std::string_view kMachine[] = {"-M", "--machine"};
constexpr std::string_view kNspawnSwitches[] = {
    "-q",         "--quiet",        "-b",          "--boot",
    "-a",         "--as-pid2",      "-x",          "--ephemeral",
    "-n",         "--network-veth", "-U",          "--keep-unit",
    "-P",         "--pipe",         "--read-only", "--private-network",
    "--register", "--volatile"};

constexpr Program runtime(std::string_view name, std::string_view engine = {}) {
  return {.name = name,
          .engine = engine,
          .bundle = kBundle,
          .root = kRoot,
          .commands = kRuntimeCommands,
          .switches = kRuntimeSwitches};
}

constexpr Program kPrograms[] = {
    runtime("runc"),
    runtime("crun"),
    runtime("youki"),
    runtime("runsc"),
    runtime("vitrine-runtime", "vitrine"),
    {.name = "containerd-shim",
     .engine = "containerd",
     .id = kShimId,
     .bundle = kShimBundle,
     .space = kShimSpace,
     .switches = kShimSwitches},
    // Of Podman and of CRI-O.
    {.name = "conmon",
     .id = kConmonId,
     .label = kConmonName,
     .bundle = kBundle,
     .switches = kConmonSwitches},
    {.name = "ctr",
     .role = Role::client,
     .engine = "containerd",
     .space = kCtrSpace,
     .commands = kCtrCommands,
     .groups = kCtrGroups,
     .switches = kCtrSwitches},
    {.name = "lxc-start",
     .engine = "lxc",
     .id = kLxcName,
     .root = kLxcPath,
     .switches = kLxcSwitches},
    {.name = "lxc-execute",
     .engine = "lxc",
     .id = kLxcName,
     .root = kLxcPath,
     .switches = kLxcSwitches},
    {.name = "systemd-nspawn",
     .engine = "systemd-nspawn",
     .id = kMachine,
     .switches = kNspawnSwitches},
};

bool contains(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

const Program* program_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::string_view kShim = "containerd-shim";
  for (const Program& program : kPrograms)
    if (name == program.name || (program.name == kShim && name.starts_with(kShim))) return &program;
  return nullptr;
}

/// "-t", and "-ti" where both letters are switches.
bool has_no_value(const Program& program, std::string_view option) {
  if (contains(program.switches, option)) return true;
  if (option.size() < 3 || option[1] == '-') return false;
  return std::ranges::all_of(option.substr(1), [&](char letter) {
    const char single[] = {'-', letter};
    return contains(program.switches, {single, sizeof single});
  });
}

void take_option(const Program& program, std::string_view option, std::string_view value,
                 ContainerCommand& command) {
  if (contains(program.id, option)) command.container.id = value;
  if (contains(program.label, option)) command.name = value;
  if (contains(program.bundle, option)) command.bundle = value;
  if (contains(program.root, option)) command.root = value;
  if (contains(program.space, option)) command.container.engine = engine_of_namespace(value);
}

/// Reads options from the front of `rest`; what is left begins with an argument, or is empty.
void take_options(const Program& program, Words& rest, ContainerCommand& command) {
  while (!rest.empty() && rest.front().size() > 1 && rest.front().front() == '-') {
    std::string_view option = rest.front();
    rest = rest.subspan(1);
    if (option == "--") return;
    const std::size_t equals = option.find('=');
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = option.substr(equals + 1);
      option = option.substr(0, equals);
    } else if (!rest.empty() && !has_no_value(program, option)) {
      value = rest.front();
      rest = rest.subspan(1);
    }
    take_option(program, option, value, command);
  }
}

/// The container that is an argument of a command.
std::string_view container_argument(const Program& program, Words rest, ContainerCommand& command) {
  while (!rest.empty() && contains(program.groups, rest.front())) {
    rest = rest.subspan(1);
    take_options(program, rest, command);
  }
  if (rest.empty()) return {};
  const auto found = std::ranges::find(program.commands, rest.front(), &Command::word);
  if (found == program.commands.end()) return {};
  rest = rest.subspan(1);
  take_options(program, rest, command);
  for (std::size_t before = 0; before < found->at && !rest.empty(); ++before) {
    rest = rest.subspan(1);
    take_options(program, rest, command);
  }
  return rest.empty() ? std::string_view() : rest.front();
}

} // namespace

std::optional<ContainerCommand> container_command(Words arguments) {
  const Program* program = arguments.empty() ? nullptr : program_of(arguments.front());
  if (program == nullptr) return std::nullopt;
  ContainerCommand command;
  command.role = program->role;
  command.container.engine = program->engine;
  Words rest = arguments.subspan(1);
  take_options(*program, rest, command);
  if (!program->commands.empty())
    command.container.id = container_argument(*program, rest, command);
  if (!is_container_name(command.container.id)) command.container.id = {};
  if (!is_container_name(command.name)) command.name = {};
  if (!command.bundle.starts_with('/')) command.bundle = {};
  if (!command.root.starts_with('/')) command.root = {};
  return command;
}

std::optional<ContainerCommand> container_command(std::string_view argv, bool cut) {
  if (program_of(argv.substr(0, argv.find('\0'))) == nullptr) return std::nullopt;
  std::vector<std::string_view> arguments = events::split_strings(argv);
  if (cut) arguments.pop_back();
  return container_command(arguments);
}

} // namespace vitrine::world
