// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/plan.h"

#include "runtime/oci/mount_options.h"
#include "userspace/base/text_escape.h"

#include <string_view>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

/// What execvp(3) uses when the environment has no PATH, in the order that containers expect.
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// config-linux.md, "Default Devices".
const Device kDefaultDevices[] = {
    {"/dev/null", S_IFCHR, 1, 3, 0666, 0, 0},    {"/dev/zero", S_IFCHR, 1, 5, 0666, 0, 0},
    {"/dev/full", S_IFCHR, 1, 7, 0666, 0, 0},    {"/dev/random", S_IFCHR, 1, 8, 0666, 0, 0},
    {"/dev/urandom", S_IFCHR, 1, 9, 0666, 0, 0}, {"/dev/tty", S_IFCHR, 5, 0, 0666, 0, 0},
};

struct Link {
  const char* path;
  const char* target;
};

/// runtime-linux.md, "Dev symbolic links", and /dev/ptmx of config-linux.md.
constexpr Link kDeviceLinks[] = {
    {"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
    {"/dev/core", "/proc/kcore"},       {"/dev/ptmx", "pts/ptmx"},
};

std::string below(const std::string& directory, const std::string& path) {
  return !path.empty() && path.front() == '/' ? path : directory + "/" + path;
}

FsParameter parameter_of(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return {word, std::nullopt};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

PlannedMount symbolic_link(std::string path, std::string target) {
  PlannedMount link;
  link.kind = PlannedMount::Kind::SymbolicLink;
  link.destination = std::move(path);
  link.source = std::move(target);
  return link;
}

PlannedMount new_file_system(std::string type, std::string destination, std::uint64_t attributes) {
  PlannedMount mount;
  mount.source = type;
  mount.type = std::move(type);
  mount.destination = std::move(destination);
  mount.attributes = attributes;
  return mount;
}

/// One v1 hierarchy as a directory of `parent`, each of its controllers findable by its own name.
void plan_v1_hierarchy(const kernel::CgroupHierarchy& hierarchy, const std::string& parent,
                       std::uint64_t attributes, std::vector<PlannedMount>& out) {
  const std::string directory =
      hierarchy.mount_point.substr(hierarchy.mount_point.find_last_of('/') + 1);
  PlannedMount mount =
      new_file_system("cgroup", fmt::format("{}/{}", parent, directory), attributes);
  for (const std::string& controller : hierarchy.controllers)
    mount.parameters.push_back({controller, std::nullopt});
  if (!hierarchy.name.empty()) {
    if (hierarchy.controllers.empty()) mount.parameters.push_back({"none", std::nullopt});
    mount.parameters.push_back({"name", hierarchy.name});
  }
  out.push_back(std::move(mount));
  for (const std::string& controller : hierarchy.controllers)
    if (controller != directory)
      out.push_back(symbolic_link(fmt::format("{}/{}", parent, controller), directory));
}

/// A mount of type "cgroup" means: the cgroups as this host has them.
void plan_cgroup_mount(const Mount& mount, const MountOptions& options,
                       const kernel::CgroupLayout& layout, std::vector<PlannedMount>& out) {
  if (layout.mode == kernel::CgroupMode::None) return;
  if (layout.mode == kernel::CgroupMode::V2) {
    out.push_back(new_file_system("cgroup2", mount.destination, options.attributes));
    return;
  }
  const std::uint64_t writable = options.attributes & ~std::uint64_t{MOUNT_ATTR_RDONLY};
  PlannedMount directory = new_file_system("tmpfs", mount.destination, writable);
  directory.parameters.push_back({"mode", "755"});
  out.push_back(std::move(directory));
  for (const kernel::CgroupHierarchy& hierarchy : layout.hierarchies) {
    if (hierarchy.v2)
      out.push_back(new_file_system("cgroup2", mount.destination + "/unified", options.attributes));
    else
      plan_v1_hierarchy(hierarchy, mount.destination, options.attributes, out);
  }
  if ((options.attributes & MOUNT_ATTR_RDONLY) == 0) return;
  PlannedMount seal = new_file_system("tmpfs", mount.destination, MOUNT_ATTR_RDONLY);
  seal.kind = PlannedMount::Kind::MakeReadOnly;
  out.push_back(std::move(seal));
}

PlannedMount plan_mount(const Mount& mount, const MountOptions& options,
                        const std::string& bundle) {
  PlannedMount planned = new_file_system(mount.type, mount.destination, options.attributes);
  planned.source = mount.source;
  planned.recursive_attributes = options.recursive_attributes;
  planned.propagation = options.propagation;
  if (options.bind || mount.type == "bind") {
    planned.kind = PlannedMount::Kind::Bind;
    planned.type = "bind";
    planned.source = below(bundle, mount.source);
    planned.recursive = options.recursive_bind;
    return planned;
  }
  for (const std::string& word : options.data)
    planned.parameters.push_back(parameter_of(word));
  return planned;
}

Result<void> plan_mounts(const Config& config, const PlanSurroundings& surroundings, Plan& plan) {
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    const Mount& mount = config.mounts[i];
    if (mount.destination == "/") continue; // plan_root
    const auto options = parse_mount_options(mount.options);
    if (!options) return context(options.error(), "config.json: mounts[{}]", i);
    const bool bind = options->bind || mount.type == "bind";
    if (mount.type.empty() && !bind) return failure("config.json: mounts[{}].type is missing", i);
    if (bind && mount.source.empty())
      return failure("config.json: mounts[{}].source is missing", i);
    if (bind && !options->data.empty())
      return failure("config.json: mounts[{}]: a bind mount has no option \"{}\"", i,
                     escape_text(options->data.front()));
    if (mount.type == "cgroup" && !bind)
      plan_cgroup_mount(mount, *options, surroundings.cgroups, plan.mounts);
    else
      plan.mounts.push_back(plan_mount(mount, *options, surroundings.bundle));
    if (mount.destination == "/dev" && mount.type == "tmpfs")
      for (const Link& link : kDeviceLinks)
        plan.mounts.push_back(symbolic_link(link.path, link.target));
  }
  return {};
}

bool names_upper(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word.starts_with("upperdir=")) return true;
  return false;
}

/// The overlay that mounts[] puts on "/", or else a bind mount of root.path.
Result<void> plan_root(const Config& config, const PlanSurroundings& surroundings, Plan& plan) {
  plan.root.readonly = config.root.readonly;
  plan.root.mount_point = below(surroundings.bundle, config.root.path);
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    const Mount& mount = config.mounts[i];
    if (mount.destination != "/") continue;
    if (!plan.root.overlay_data.empty() || mount.type != "overlay")
      return failure("config.json: mounts[{}]: only one mount of type overlay can be on \"/\"", i);
    const auto options = parse_mount_options(mount.options);
    if (!options) return context(options.error(), "config.json: mounts[{}]", i);
    plan.root.readonly |= (options->attributes & MOUNT_ATTR_RDONLY) != 0;
    // Any directory would do: in the container, what lies below the mount is out of sight.
    plan.root.mount_point = surroundings.directory;
    plan.root.overlay_data = fmt::format("{}", fmt::join(options->data, ","));
    plan.root.fresh_upper = !names_upper(options->data);
    if (plan.root.fresh_upper)
      plan.root.overlay_data +=
          fmt::format(",upperdir={0}/upper,workdir={0}/work", surroundings.directory);
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (plan.root.overlay_data.size() >= page)
      return failure(
          "config.json: mounts[{}].options: longer than the {} bytes that mount(2) takes", i,
          page - 1);
  }
  return {};
}

void plan_devices(const Config& config, Plan& plan) {
  plan.bind_devices = (plan.namespaces & CLONE_NEWUSER) != 0;
  plan.devices.assign(std::begin(kDefaultDevices), std::end(kDefaultDevices));
  for (const Device& device : config.linux_settings.devices) {
    std::erase_if(plan.devices, [&](const Device& known) { return known.path == device.path; });
    plan.devices.push_back(device);
  }
}

std::string_view search_path(const Process& process) {
  for (const std::string& variable : process.env)
    if (variable.rfind("PATH=", 0) == 0) return std::string_view(variable).substr(5);
  return kDefaultPath;
}

std::vector<std::string> executables_of(const Process& process) {
  const std::string& command = process.args.front();
  if (command.find('/') != std::string::npos) return {command};
  std::vector<std::string> candidates;
  std::string_view rest = search_path(process);
  for (;;) {
    const auto colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    candidates.push_back(fmt::format("{}/{}", directory.empty() ? "." : directory, command));
    if (colon == std::string_view::npos) return candidates;
    rest.remove_prefix(colon + 1);
  }
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

} // namespace

Result<Plan> make_plan(const Config& config, const PlanSurroundings& surroundings) {
  Plan plan;
  plan.id = surroundings.id;
  plan.namespaces = config.linux_settings.namespaces;
  if (auto done = plan_root(config, surroundings, plan); !done)
    return tl::unexpected(std::move(done).error());
  if (auto done = plan_mounts(config, surroundings, plan); !done)
    return tl::unexpected(std::move(done).error());
  plan_devices(config, plan);
  plan.masked_paths = config.linux_settings.masked_paths;
  plan.readonly_paths = config.linux_settings.readonly_paths;
  plan.root_propagation = config.linux_settings.rootfs_propagation;
  plan.hostname = config.hostname;
  plan.domainname = config.domainname;
  plan.process = config.process;
  plan.executables = executables_of(plan.process);
  plan.argv = pointers_to(plan.process.args);
  plan.envp = pointers_to(plan.process.env);
  return plan;
}

} // namespace vitrine::oci
