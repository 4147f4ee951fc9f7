// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/run_config.h"

#include "userspace/kernel/capability_sets.h"
#include "userspace/kernel/flags.h"

#include <initializer_list>

#include <nlohmann/json.hpp>

namespace vitrine::cli {
namespace {

using nlohmann::json;

/// Docker's defaults, and those that newer kernels made necessary.
constexpr const char* kMaskedPaths[] = {"/proc/acpi",
                                        "/proc/asound",
                                        "/proc/interrupts",
                                        "/proc/kcore",
                                        "/proc/keys",
                                        "/proc/latency_stats",
                                        "/proc/sched_debug",
                                        "/proc/scsi",
                                        "/proc/timer_list",
                                        "/proc/timer_stats",
                                        "/sys/devices/virtual/powercap",
                                        "/sys/firmware"};

constexpr const char* kReadonlyPaths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                          "/proc/sysrq-trigger"};

json mount(const char* destination, const char* type, const char* source,
           std::initializer_list<const char*> options) {
  json words = json::array();
  for (const char* option : options)
    words.push_back(option);
  return {{"destination", destination}, {"type", type}, {"source", source}, {"options", words}};
}

/// A path inside an overlay option: "," ends the option, ":" the layer (overlayfs.rst).
std::string escape_layer(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '\\' || c == ':' || c == ',') out += '\\';
    out += c;
  }
  return out;
}

json root_mount(const RunPlan& plan) {
  std::string lower = "lowerdir=";
  for (auto layer = plan.layers.rbegin(); layer != plan.layers.rend(); ++layer)
    lower += (layer == plan.layers.rbegin() ? "" : ":") + escape_layer(*layer);
  json root = mount("/", "overlay", "overlay", {});
  root["options"].push_back(lower);
  if (plan.unprivileged) root["options"].push_back("userxattr");
  return root;
}

json mounts(const RunPlan& plan) {
  // Group 5 is tty; a user namespace of one id has none.
  json terminals = mount("/dev/pts", "devpts", "devpts",
                         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"});
  if (!plan.unprivileged) terminals["options"].push_back("gid=5");
  return json::array({
      root_mount(plan),
      mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
      mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
      terminals,
      mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
      mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "ro"}),
      mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
      mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
  });
}

json resources(const RunPlan& plan) {
  json out = json::object();
  // What every container needs, the runtime adds. A user namespace's nodes open no device anyway.
  if (!plan.user_namespace) out["devices"] = json::array({{{"allow", false}, {"access", "rwm"}}});
  if (plan.limits.memory_bytes != 0) out["memory"]["limit"] = plan.limits.memory_bytes;
  if (plan.limits.cpu_quota != 0)
    out["cpu"] = {{"quota", plan.limits.cpu_quota}, {"period", kCpuPeriod}};
  if (plan.limits.pids != 0) out["pids"]["limit"] = plan.limits.pids;
  return out;
}

json linux_part(const RunPlan& plan) {
  json namespaces = json::array();
  for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"})
    namespaces.push_back({{"type", type}});
  json out = {{"cgroupsPath", "/vitrine/" + plan.id},
              {"resources", resources(plan)},
              {"rootfsPropagation", "rslave"},
              {"maskedPaths", kMaskedPaths},
              {"readonlyPaths", kReadonlyPaths}};
  if (plan.user_namespace) {
    const auto map = [&](std::uint32_t first) {
      return json::array({{{"containerID", 0}, {"hostID", first}, {"size", plan.id_count}}});
    };
    namespaces.push_back({{"type", "user"}});
    out["uidMappings"] = map(plan.first_uid);
    out["gidMappings"] = map(plan.first_gid);
  }
  out["namespaces"] = namespaces;
  return out;
}

json process(const RunPlan& plan) {
  const auto capabilities = kernel::flag_names(kernel::kCapabilities, kernel::kDockerCapabilities);
  return {{"terminal", plan.terminal},
          {"user",
           {{"uid", plan.user.uid},
            {"gid", plan.user.gid},
            {"additionalGids", plan.user.additional_gids}}},
          {"args", plan.command},
          {"env", plan.env},
          {"cwd", plan.working_directory},
          {"capabilities",
           {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}}},
          {"noNewPrivileges", true}};
}

} // namespace

std::string config_json(const RunPlan& plan) {
  return json({{"ociVersion", "1.0.2"},
               {"process", process(plan)},
               {"root", {{"path", "rootfs"}, {"readonly", plan.read_only}}},
               {"hostname", plan.hostname},
               {"mounts", mounts(plan)},
               {"linux", linux_part(plan)}})
      .dump(2);
}

} // namespace vitrine::cli
