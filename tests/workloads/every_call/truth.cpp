// SPDX-License-Identifier: Apache-2.0
#include "truth.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

namespace vitrine::workload {
namespace {

int proc = -1;

constexpr const char* kCapabilities[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

constexpr const char* kSecurebits[] = {
    "SECBIT_NOROOT",
    "SECBIT_NOROOT_LOCKED",
    "SECBIT_NO_SETUID_FIXUP",
    "SECBIT_NO_SETUID_FIXUP_LOCKED",
    "SECBIT_KEEP_CAPS",
    "SECBIT_KEEP_CAPS_LOCKED",
    "SECBIT_NO_CAP_AMBIENT_RAISE",
    "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED",
};

std::string read_at(int directory, const std::string& path) {
  const int fd = ::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC);
  must(fd >= 0, path);
  std::string text;
  char part[4096];
  for (ssize_t count; (count = ::read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(count));
  ::close(fd);
  return text;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> parts;
  for (std::string word; stream >> word;)
    parts.push_back(word);
  return parts;
}

/// Field of /proc/PID/stat, counted as proc(5) does; the name in the second may hold spaces.
std::string stat_field(const std::string& who, std::size_t number) {
  const std::string text = read_proc(who + "/stat");
  return words(text.substr(text.rfind(')') + 2)).at(number - 3);
}

/// mountinfo writes a blank as \040.
std::string unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::istringstream stream(text);
  std::vector<std::string> parts;
  for (std::string part; std::getline(stream, part, at);)
    parts.push_back(part);
  return parts;
}

/// The kernel's flags that mountinfo shows, by the options that it writes for them.
Json visible_flags(const std::string& options) {
  static constexpr std::array<std::array<const char*, 2>, 8> kNames = {{
      {"ro", "MNT_READONLY"},
      {"nosuid", "MNT_NOSUID"},
      {"nodev", "MNT_NODEV"},
      {"noexec", "MNT_NOEXEC"},
      {"noatime", "MNT_NOATIME"},
      {"nodiratime", "MNT_NODIRATIME"},
      {"relatime", "MNT_RELATIME"},
      {"nosymfollow", "MNT_NOSYMFOLLOW"},
  }};
  const std::vector<std::string> given = split(options, ',');
  Json names = Json::array();
  for (const auto& [option, name] : kNames)
    if (std::ranges::find(given, option) != given.end()) names.push_back(name);
  return {{"@visible", names}};
}

/// The same, as statfs(2) tells them of a mount that mountinfo does not list.
Json flags_of_mount(int fd) {
  static constexpr std::pair<unsigned long, const char*> kNames[] = {
      {ST_RDONLY, "MNT_READONLY"},       {ST_NOSUID, "MNT_NOSUID"},   {ST_NODEV, "MNT_NODEV"},
      {ST_NOEXEC, "MNT_NOEXEC"},         {ST_NOATIME, "MNT_NOATIME"}, {ST_RELATIME, "MNT_RELATIME"},
      {ST_NODIRATIME, "MNT_NODIRATIME"},
  };
  struct statfs status = {};
  must(::fstatfs(fd, &status) == 0, "fstatfs");
  Json names = Json::array();
  for (const auto& [bit, name] : kNames)
    if ((static_cast<unsigned long>(status.f_flags) & bit) != 0) names.push_back(name);
  return {{"@visible", names}};
}

constexpr unsigned kMountIdUnique = 0x4000; // STATX_MNT_ID_UNIQUE, since 6.8

struct statx mount_ids(int directory, const char* path, unsigned mask) {
  struct statx status = {};
  must(::syscall(SYS_statx, directory, path, AT_EMPTY_PATH, mask, &status) == 0, "statx");
  return status;
}

Json unique_id(int directory, const char* path) {
  const struct statx status = mount_ids(directory, path, kMountIdUnique);
  if ((status.stx_mask & kMountIdUnique) == 0) return nullptr;
  return std::to_string(status.stx_mnt_id);
}

struct MountLine {
  std::vector<std::string> front, back;
};

/// The topmost mount at `path`.
MountLine mountinfo_of(const std::string& path) {
  MountLine found;
  std::istringstream stream(read_proc("self/mountinfo"));
  for (std::string text; std::getline(stream, text);) {
    const std::size_t middle = text.find(" - ");
    MountLine line = {words(text.substr(0, middle)), words(text.substr(middle + 3))};
    if (unescape(line.front.at(4)) == path) found = line;
  }
  must(!found.front.empty(), "no mount at " + path);
  return found;
}

void add_layers(Json& result, const std::string& options) {
  Json lowers = Json::array();
  for (const std::string& option : split(options, ',')) {
    const std::string value = unescape(option.substr(option.find('=') + 1));
    if (option.starts_with("lowerdir+=")) lowers.push_back(value);
    if (option.starts_with("lowerdir="))
      for (const std::string& part : split(value, ':'))
        lowers.push_back(part);
    if (option.starts_with("upperdir=")) result["overlay_upper"] = value;
    if (option.starts_with("workdir=")) result["overlay_work"] = value;
  }
  result["overlay_lower"] = lowers;
}

} // namespace

void open_truth() {
  proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  must(proc >= 0, "/proc");
}

std::string read_proc(const std::string& path) {
  return read_at(proc, path);
}

std::string read_file(const std::string& path) {
  return read_at(AT_FDCWD, path);
}

std::optional<std::string> link_of(const std::string& path) {
  char text[4096];
  const ssize_t length = ::readlinkat(proc, path.c_str(), text, sizeof text);
  if (length < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(length));
}

int open_proc(const std::string& path, int flags) {
  const int fd = ::openat(proc, path.c_str(), flags | O_CLOEXEC);
  must(fd >= 0, path);
  return fd;
}

pid_t outer_pid() {
  return std::stoi(link_of("self").value_or("0"));
}

Json this_process() {
  const pid_t pid = outer_pid();
  const std::string status = read_proc("self/status");
  return {
      {"pid", pid},
      {"tid", pid},
      {"parent_pid", std::stoi(stat_field("self", 4))},
      {"ns_pid", ::getpid()},
      {"comm", status_field("Name")},
  };
}

Json namespaces(const std::string& who) {
  Json all = Json::object();
  for (const char* kind : {"mnt", "uts", "ipc", "net", "pid", "cgroup", "time", "user"}) {
    const std::string name = kind;
    const bool of_children = name == "pid" || name == "time";
    const auto link = link_of(who + "/ns/" + name + (of_children ? "_for_children" : ""));
    all[name] = link ? Json(*link) : Json();
  }
  return all;
}

Json namespace_of(const char* kind) {
  return namespaces().at(kind);
}

Json start_of(const std::string& who) {
  return {{"@ticks", std::stoll(stat_field(who, 22))}};
}

std::string status_field(const std::string& name) {
  std::istringstream stream(read_proc("self/status"));
  for (std::string text; std::getline(stream, text);)
    if (text.starts_with(name + ":\t")) return text.substr(name.size() + 2);
  return {};
}

unsigned long capability_set(const char* field) {
  return std::stoul(status_field(field), nullptr, 16);
}

Json capability_names(unsigned long set) {
  Json names = Json::array();
  for (std::size_t i = 0; i < std::size(kCapabilities); i++)
    if ((set >> i & 1) != 0) names.push_back(kCapabilities[i]);
  return names;
}

Json credentials() {
  const std::vector<std::string> uids = words(status_field("Uid"));
  const std::vector<std::string> gids = words(status_field("Gid"));
  const auto id = [](const std::vector<std::string>& ids, std::size_t i) {
    return std::stoul(ids.at(i));
  };
  const auto bits = static_cast<unsigned>(::prctl(PR_GET_SECUREBITS));
  Json securebits = Json::array();
  for (unsigned i = 0; i < std::size(kSecurebits); i++)
    if ((bits >> i & 1) != 0) securebits.push_back(kSecurebits[i]);
  static constexpr const char* kModes[] = {"SECCOMP_MODE_DISABLED", "SECCOMP_MODE_STRICT",
                                           "SECCOMP_MODE_FILTER"};
  return {
      {"uid", id(uids, 0)},
      {"euid", id(uids, 1)},
      {"suid", id(uids, 2)},
      {"fsuid", id(uids, 3)},
      {"gid", id(gids, 0)},
      {"egid", id(gids, 1)},
      {"sgid", id(gids, 2)},
      {"fsgid", id(gids, 3)},
      {"effective", capability_names(capability_set("CapEff"))},
      {"permitted", capability_names(capability_set("CapPrm"))},
      {"inheritable", capability_names(capability_set("CapInh"))},
      {"bounding", capability_names(capability_set("CapBnd"))},
      {"ambient", capability_names(capability_set("CapAmb"))},
      {"securebits", securebits},
      {"no_new_privs", status_field("NoNewPrivs") == "1"},
      {"seccomp_mode", kModes[std::stoul(status_field("Seccomp"))]},
      {"seccomp_filters", std::stoul(status_field("Seccomp_filters"))},
  };
}

Json mounted_at(const std::string& path, const char* role, bool with_mountpoint, bool with_layers) {
  const MountLine line = mountinfo_of(path);
  Json result = {
      {role,
       {
           {"id", std::stoi(line.front.at(0))},
           {"unique_id", unique_id(AT_FDCWD, path.c_str())},
           {"parent_id", std::stoi(line.front.at(1))},
           {"parent_unique_id", "*"},
           {"device", line.front.at(2)},
           {"flags", visible_flags(line.front.at(5))},
           {"namespace", namespace_of("mnt")},
       }},
      {"mount_fstype", line.back.at(0)},
      {"mount_source", unescape(line.back.at(1))},
  };
  if (with_mountpoint) result["mountpoint"] = path;
  if (with_layers && line.back.at(0) == "overlay") add_layers(result, line.back.at(2));
  return result;
}

Json detached_mount(int fd, const char* fstype, const char* source) {
  const struct statx status = mount_ids(fd, "", STATX_MNT_ID);
  const Json unique = unique_id(fd, "");
  const auto device =
      std::to_string(status.stx_dev_major) + ":" + std::to_string(status.stx_dev_minor);
  return {
      {"new_mount",
       {
           {"id", status.stx_mnt_id},
           {"unique_id", unique},
           {"parent_id", status.stx_mnt_id}, // its own parent: it hangs nowhere
           {"parent_unique_id", unique},
           {"device", device},
           {"flags", flags_of_mount(fd)},
       }},
      {"mount_fstype", fstype},
      {"mount_source", source},
  };
}

} // namespace vitrine::workload
