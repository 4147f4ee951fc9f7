// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrine::engines {
namespace {

/// As in /proc/PID/comm, which has 15 characters.
constexpr std::array<std::string_view, 6> kEngineComms = {
    "dockerd", "containerd-shim", "conmon", "podman", "lxc-start", "systemd-nspawn"};

std::optional<Directory> process_directory(const Host& host, std::uint64_t pid) {
  auto directory = Directory::open(host.root, fmt::format("/proc/{}", pid));
  return directory ? std::optional(*std::move(directory)) : std::nullopt;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

/// The value of a line "NAME:\tVALUE" of /proc/PID/status (proc_pid_status(5)).
std::string status_value(const Directory& process, std::string_view name) {
  const auto text = process.read("status");
  if (!text) return {};
  for (const std::string& line : split(*text, '\n'))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(":\t"))
      return line.substr(name.size() + 2);
  return {};
}

/// `id` stands in a cgroup's path by itself: as "/ID", "libpod-ID", "docker-ID.scope".
bool names_container(std::string_view cgroups, std::string_view id) {
  for (auto at = cgroups.find(id); at != std::string_view::npos; at = cgroups.find(id, at + 1)) {
    const char before = at == 0 ? '\n' : cgroups[at - 1];
    const auto behind = cgroups.substr(at + id.size());
    const bool ends =
        behind.empty() || behind[0] == '/' || behind[0] == '\n' || behind.starts_with(".scope");
    if ((before == '/' || before == '-' || before == ':') && ends) return true;
  }
  return false;
}

constexpr std::chrono::milliseconds kFresh(100);
/// How long a process is watched for whom it becomes.
constexpr std::chrono::milliseconds kYoung(200);

std::optional<EngineProcess> engine_process(const Directory& proc, std::uint32_t pid) {
  const std::string name = fmt::format("{}", pid);
  const std::string comm = proc.first_line(name + "/comm");
  if (std::ranges::find(kEngineComms, comm) == kEngineComms.end()) return std::nullopt;
  return EngineProcess{pid, comm, split(proc.read(name + "/cmdline").value_or(""), '\0'),
                       proc.link(name + "/cwd")};
}

} // namespace

std::vector<std::string>
EngineProcess::options(std::initializer_list<std::string_view> names) const {
  std::vector<std::string> values;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view word = argv[i];
    for (const std::string_view name : names) {
      if (word == name && i + 1 < argv.size()) values.push_back(argv[i + 1]);
      if (word.size() <= name.size() || !word.starts_with(name)) continue;
      const std::string_view rest = word.substr(name.size());
      if (rest.front() == '=')
        values.emplace_back(rest.substr(1));
      else if (name.size() == 2)
        values.emplace_back(rest);
    }
  }
  return values;
}

std::string EngineProcess::option(std::initializer_list<std::string_view> names) const {
  const auto values = options(names);
  return values.empty() ? std::string() : values.front();
}

Host look_around(int root) {
  return Lookout(root).look(Lookout::Clock::now());
}

const Host& Lookout::look(Clock::time_point now) {
  if (looked_ && now - *looked_ < kFresh) return host_;
  looked_ = now;
  host_.processes.clear();
  const auto proc = Directory::open(host_.root, "/proc");
  if (!proc) return host_;
  for (const std::string& name : proc->names()) {
    const std::uint64_t pid = parse_number(name);
    if (pid == 0 || pid > INT32_MAX) continue;
    const auto [entry, is_new] = seen_.try_emplace(static_cast<std::uint32_t>(pid));
    Seen& seen = entry->second;
    seen.last = now;
    if (is_new) seen.first = now;
    if (now - seen.first <= kYoung) seen.engine = engine_process(*proc, entry->first);
    if (seen.engine) host_.processes.push_back(*seen.engine);
  }
  std::erase_if(seen_, [&](const auto& entry) { return entry.second.last != now; });
  return host_;
}

std::uint32_t living_pid(const Host& host, std::uint64_t pid, std::string_view id) {
  if (pid == 0 || pid > INT32_MAX || id.empty()) return 0;
  const auto process = process_directory(host, pid);
  if (!process) return 0;
  const auto cgroups = process->read("cgroup");
  return cgroups && names_container(*cgroups, id) ? static_cast<std::uint32_t>(pid) : 0;
}

std::uint32_t living_pid_since(const Host& host, std::uint64_t pid, std::uint64_t start) {
  if (pid == 0 || pid > INT32_MAX) return 0;
  const auto process = process_directory(host, pid);
  if (!process) return 0;
  // proc_pid_stat(5): the name in field 2 may hold anything; field 22 is the twentieth after it.
  const std::string stat = process->first_line("stat");
  const auto fields = split(std::string_view(stat).substr(stat.rfind(')') + 1), ' ');
  return fields.size() > 20 && parse_number(fields[20]) == start && start != 0
             ? static_cast<std::uint32_t>(pid)
             : 0;
}

std::uint32_t living_init(const Host& host, std::uint64_t pid) {
  const auto process = pid <= INT32_MAX ? process_directory(host, pid) : std::nullopt;
  // A pid for each namespace, the innermost last.
  const bool first = process && status_value(*process, "NSpid").ends_with("\t1");
  return first ? static_cast<std::uint32_t>(pid) : 0;
}

std::uint32_t init_child(const Host& host, std::uint32_t parent) {
  const auto process = process_directory(host, parent);
  if (!process) return 0;
  const std::string children = process->first_line(fmt::format("task/{}/children", parent));
  for (const std::string& child : split(children, ' '))
    if (const std::uint32_t pid = living_init(host, parse_number(child)); pid != 0) return pid;
  return 0;
}

std::string home_of(const Host& host, std::uint32_t pid) {
  const auto process = process_directory(host, pid);
  const auto etc = Directory::open(host.root, "/etc");
  if (!process || !etc) return {};
  const std::string ids = status_value(*process, "Uid");
  const std::string uid = ids.substr(0, ids.find('\t'));
  if (uid.empty() || uid == "0") return {};
  for (const std::string& line : split(etc->read("passwd").value_or(""), '\n')) {
    const auto fields = split(line, ':'); // passwd(5)
    if (fields.size() > 5 && fields[2] == uid) return fields[5];
  }
  return {};
}

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

} // namespace vitrine::engines
