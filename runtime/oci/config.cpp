// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/config.h"

#include "runtime/oci/json_fields.h"
#include "userspace/base/text_escape.h"
#include "userspace/kernel/flags.h"

#include <array>
#include <bit>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vitrine::oci {
namespace {

struct NamedFlag {
  std::string_view name;
  std::uint64_t value;
};

/// config-linux.md, "Namespaces".
constexpr std::array<NamedFlag, 7> kNamespaces = {{{"pid", CLONE_NEWPID},
                                                   {"network", CLONE_NEWNET},
                                                   {"mount", CLONE_NEWNS},
                                                   {"ipc", CLONE_NEWIPC},
                                                   {"uts", CLONE_NEWUTS},
                                                   {"user", CLONE_NEWUSER},
                                                   {"cgroup", CLONE_NEWCGROUP}}};

/// config.md, "rlimits": getrlimit(2).
constexpr std::array<NamedFlag, 16> kResourceLimits = {{{"RLIMIT_CPU", RLIMIT_CPU},
                                                        {"RLIMIT_FSIZE", RLIMIT_FSIZE},
                                                        {"RLIMIT_DATA", RLIMIT_DATA},
                                                        {"RLIMIT_STACK", RLIMIT_STACK},
                                                        {"RLIMIT_CORE", RLIMIT_CORE},
                                                        {"RLIMIT_RSS", RLIMIT_RSS},
                                                        {"RLIMIT_NPROC", RLIMIT_NPROC},
                                                        {"RLIMIT_NOFILE", RLIMIT_NOFILE},
                                                        {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
                                                        {"RLIMIT_AS", RLIMIT_AS},
                                                        {"RLIMIT_LOCKS", RLIMIT_LOCKS},
                                                        {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
                                                        {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
                                                        {"RLIMIT_NICE", RLIMIT_NICE},
                                                        {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
                                                        {"RLIMIT_RTTIME", RLIMIT_RTTIME}}};

template<std::size_t Count>
std::optional<std::uint64_t> value_of(const std::array<NamedFlag, Count>& table,
                                      std::string_view name) {
  for (const NamedFlag& entry : table)
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

/// runtime-spec config.md: paths in the container are absolute; ".." could not mean anything good.
void check_container_path(const JsonFields& fields, const char* field, const std::string& path) {
  if (path.empty() || path.front() != '/')
    return fields.note(field, "must be an absolute path in the container");
  if ((path + "/").find("/../") != std::string::npos) fields.note(field, "must not contain \"..\"");
}

std::uint64_t read_capability_set(const JsonFields& fields, const char* field) {
  std::vector<std::string> names;
  fields.read(field, names);
  std::uint64_t set = 0;
  for (const std::string& name : names) {
    std::uint64_t bit = 0;
    for (const kernel::FlagName& capability : kernel::kCapabilities)
      if (capability.name == name) bit = capability.value;
    if (bit == 0) fields.note(field, "names no capability: \"" + escape_text(name) + "\"");
    set |= bit;
  }
  return set;
}

Capabilities read_capabilities(const JsonFields& fields) {
  return {read_capability_set(fields, "bounding"), read_capability_set(fields, "effective"),
          read_capability_set(fields, "permitted"), read_capability_set(fields, "inheritable"),
          read_capability_set(fields, "ambient")};
}

User read_user(const JsonFields& fields) {
  User user;
  fields.read_number("uid", user.uid);
  fields.read_number("gid", user.gid);
  fields.read_number("umask", user.umask);
  fields.read("additionalGids", user.additional_gids);
  if (user.umask > 0777) fields.note("umask", "is out of range");
  return user;
}

ResourceLimit read_rlimit(const JsonFields& fields) {
  ResourceLimit limit;
  std::string type;
  fields.read("type", type);
  fields.read_number("soft", limit.soft);
  fields.read_number("hard", limit.hard);
  const auto resource = value_of(kResourceLimits, type);
  if (!resource) fields.note("type", "names no resource limit: \"" + escape_text(type) + "\"");
  limit.resource = static_cast<int>(resource.value_or(0));
  return limit;
}

Process read_process(const JsonFields& fields) {
  Process process;
  fields.read("terminal", process.terminal);
  if (fields.has("consoleSize")) {
    const JsonFields size = fields.object("consoleSize");
    process.console_size.emplace();
    size.read_number("height", process.console_size->height);
    size.read_number("width", process.console_size->width);
  }
  process.user = read_user(fields.object("user"));
  fields.read("args", process.args);
  if (process.args.empty() || process.args.front().empty()) fields.note("args", "is empty");
  fields.read("env", process.env);
  for (const std::string& variable : process.env)
    if (variable.find('=') == std::string::npos || variable.front() == '=')
      fields.note("env", "has an entry that is not NAME=VALUE: \"" + escape_text(variable) + "\"");
  fields.read("cwd", process.cwd);
  check_container_path(fields, "cwd", process.cwd);
  if (fields.has("capabilities"))
    process.capabilities = read_capabilities(fields.object("capabilities"));
  fields.read("noNewPrivileges", process.no_new_privileges);
  for (const JsonFields& limit : fields.objects("rlimits"))
    process.rlimits.push_back(read_rlimit(limit));
  fields.read_number("oomScoreAdj", process.oom_score_adj);
  fields.refuse({"apparmorProfile", "selinuxLabel", "ioPriority", "scheduler", "execCPUAffinity"});
  return process;
}

Mount read_mount(const JsonFields& fields) {
  Mount mount;
  fields.read("destination", mount.destination);
  fields.read("type", mount.type);
  fields.read("source", mount.source);
  fields.read("options", mount.options);
  check_container_path(fields, "destination", mount.destination);
  fields.refuse({"uidMappings", "gidMappings"});
  return mount;
}

std::vector<IdMapping> read_mappings(const JsonFields& fields, const char* field) {
  std::vector<IdMapping> mappings;
  for (const JsonFields& element : fields.objects(field)) {
    IdMapping mapping;
    for (const char* name : {"containerID", "hostID", "size"})
      element.require(name);
    element.read_number("containerID", mapping.container_id);
    element.read_number("hostID", mapping.host_id);
    element.read_number("size", mapping.size);
    mappings.push_back(mapping);
  }
  return mappings;
}

mode_t device_type(const std::string& type) {
  if (type == "c" || type == "u") return S_IFCHR;
  if (type == "b") return S_IFBLK;
  return type == "p" ? S_IFIFO : 0;
}

Device read_device(const JsonFields& fields) {
  Device device;
  std::string type;
  fields.read("path", device.path);
  check_container_path(fields, "path", device.path);
  fields.read("type", type);
  device.type = device_type(type);
  if (device.type == 0) fields.note("type", "must be one of c, b, u and p");
  fields.read_number("major", device.major);
  fields.read_number("minor", device.minor);
  fields.read_number("fileMode", device.file_mode);
  fields.read_number("uid", device.uid);
  fields.read_number("gid", device.gid);
  device.file_mode &= 0777;
  return device;
}

DeviceRule read_device_rule(const JsonFields& fields) {
  DeviceRule rule;
  std::string type = "a";
  fields.read("allow", rule.allow);
  fields.read("type", type);
  fields.read("access", rule.access);
  const auto read_device_number = [&](const char* field, std::optional<std::uint32_t>& out) {
    std::optional<std::int64_t> number; // -1 is written for "any" too
    fields.read_number(field, number);
    if (number && *number > UINT32_MAX) fields.note(field, "is out of range");
    if (number && *number >= 0) out = static_cast<std::uint32_t>(*number);
  };
  read_device_number("major", rule.major);
  read_device_number("minor", rule.minor);
  if (rule.access.empty()) rule.access = "rwm";
  if (rule.access.find_first_not_of("rwm") != std::string::npos)
    fields.note("access", "may only hold the letters r, w and m");
  if (type != "a" && type != "b" && type != "c") fields.note("type", "must be one of a, b and c");
  rule.type = type.empty() ? 'a' : type.front();
  return rule;
}

Resources read_resources(const JsonFields& fields) {
  Resources resources;
  const JsonFields memory = fields.object("memory");
  memory.read_number("limit", resources.memory_limit);
  memory.read_number("swap", resources.memory_swap);
  memory.read_number("reservation", resources.memory_reservation);
  memory.refuse({"kernel", "kernelTCP", "swappiness"});
  const JsonFields cpu = fields.object("cpu");
  cpu.read_number("shares", resources.cpu_shares);
  cpu.read_number("quota", resources.cpu_quota);
  cpu.read_number("period", resources.cpu_period);
  cpu.refuse({"burst", "realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle"});
  fields.object("pids").read_number("limit", resources.pids_limit);
  for (const JsonFields& rule : fields.objects("devices"))
    resources.devices.push_back(read_device_rule(rule));
  fields.refuse({"blockIO", "hugepageLimits", "network", "rdma", "unified"});
  return resources;
}

std::uint64_t read_namespaces(const JsonFields& fields) {
  std::uint64_t flags = 0;
  for (const JsonFields& element : fields.objects("namespaces")) {
    std::string type;
    element.read("type", type);
    element.refuse({"path"});
    const auto flag = value_of(kNamespaces, type);
    if (type == "time")
      element.note("type", "\"time\" is not supported by this runtime");
    else if (!flag)
      element.note("type", "names no namespace: \"" + escape_text(type) + "\"");
    else if ((flags & *flag) != 0)
      element.note("type", "is given twice: \"" + type + "\"");
    flags |= flag.value_or(0);
  }
  return flags;
}

std::uint64_t read_propagation(const JsonFields& fields) {
  std::string word;
  fields.read("rootfsPropagation", word);
  if (word == "private" || word == "rprivate") return MS_PRIVATE;
  if (word == "slave" || word == "rslave") return MS_SLAVE;
  if (!word.empty())
    fields.note("rootfsPropagation", "must be private or slave: others let mounts out to the host");
  return 0;
}

Linux read_linux(const JsonFields& fields) {
  Linux out;
  out.namespaces = read_namespaces(fields);
  out.uid_mappings = read_mappings(fields, "uidMappings");
  out.gid_mappings = read_mappings(fields, "gidMappings");
  for (const JsonFields& device : fields.objects("devices"))
    out.devices.push_back(read_device(device));
  fields.read("cgroupsPath", out.cgroups_path);
  if (!out.cgroups_path.empty()) check_container_path(fields, "cgroupsPath", out.cgroups_path);
  out.resources = read_resources(fields.object("resources"));
  out.rootfs_propagation = read_propagation(fields);
  fields.read("maskedPaths", out.masked_paths);
  fields.read("readonlyPaths", out.readonly_paths);
  fields.refuse({"seccomp", "sysctl", "mountLabel", "intelRdt", "personality", "timeOffsets",
                 "netDevices", "memoryPolicy"});
  return out;
}

/// What is only wrong in combination.
void check_whole(const Config& config, const JsonFields& fields) {
  const Linux& os = config.linux_settings;
  const bool maps = !os.uid_mappings.empty() || !os.gid_mappings.empty();
  const bool user_namespace = (os.namespaces & CLONE_NEWUSER) != 0;
  if ((os.namespaces & CLONE_NEWNS) == 0)
    fields.note("linux.namespaces", "must have \"mount\": without it, mounts would be the host's");
  if ((os.namespaces & CLONE_NEWPID) == 0)
    fields.note("linux.namespaces",
                "must have \"pid\": without it, processes could outlive the container");
  if (maps && !user_namespace)
    fields.note("linux.uidMappings", "needs \"user\" in linux.namespaces");
  if (user_namespace && (os.uid_mappings.empty() || os.gid_mappings.empty()))
    fields.note("linux.uidMappings", "and linux.gidMappings are needed by a user namespace");
  if (!config.hostname.empty() && (os.namespaces & CLONE_NEWUTS) == 0)
    fields.note("hostname", "needs \"uts\" in linux.namespaces: it would be the host's");
  if (config.hostname.size() > 64) fields.note("hostname", "is longer than 64 characters");
  if (config.domainname.size() > 64) fields.note("domainname", "is longer than 64 characters");
  if (config.root.path.empty()) fields.note("root.path", "is missing");
}

void read_annotations(const JsonFields& fields, std::map<std::string, std::string>& out) {
  for (const std::string& name : fields.names())
    fields.read(name.c_str(), out[name]);
}

void read_hooks(const JsonFields& fields) {
  fields.refuse(
      {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"});
}

Config read_config(const JsonFields& fields) {
  Config config;
  fields.require("ociVersion");
  fields.read("ociVersion", config.oci_version);
  if (!config.oci_version.empty() && config.oci_version.rfind("1.", 0) != 0)
    fields.note("ociVersion", "is not 1.x: \"" + escape_text(config.oci_version) + "\"");
  fields.require("process");
  config.process = read_process(fields.object("process"));
  const JsonFields root = fields.object("root");
  root.read("path", config.root.path);
  root.read("readonly", config.root.readonly);
  fields.read("hostname", config.hostname);
  fields.read("domainname", config.domainname);
  for (const JsonFields& mount : fields.objects("mounts"))
    config.mounts.push_back(read_mount(mount));
  read_annotations(fields.object("annotations"), config.annotations);
  read_hooks(fields.object("hooks"));
  fields.require("linux");
  config.linux_settings = read_linux(fields.object("linux"));
  fields.refuse({"vm", "windows", "solaris", "zos", "freebsd"});
  check_whole(config, fields);
  return config;
}

} // namespace

Result<Config> parse_config(std::string_view text) {
  const auto document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return failure("config.json: not valid JSON");
  JsonProblem problem;
  Config config = read_config(JsonFields(document, "", problem));
  if (problem.error()) return context(*problem.error(), "config.json");
  return config;
}

} // namespace vitrine::oci
