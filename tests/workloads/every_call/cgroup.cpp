// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace vitrine::workload {
namespace {

/// A mounted hierarchy: number and controllers as /proc/self/cgroup has them.
struct Hierarchy {
  unsigned number;
  std::string controllers;
  std::string mountpoint;
};

bool has_word(const std::string& list, const std::string& word, char separator) {
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, separator);)
    if (part == word) return true;
  return false;
}

/// Where the whole hierarchy with `controller` is mounted; the empty name is version 2.
std::optional<std::string> mountpoint_of(const std::string& controller) {
  std::istringstream stream(read_proc("self/mountinfo"));
  for (std::string text; std::getline(stream, text);) {
    const std::size_t middle = text.find(" - ");
    std::istringstream front(text), back(text.substr(middle + 3));
    std::string id, parent, device, root, place, fstype, source, options;
    front >> id >> parent >> device >> root >> place;
    back >> fstype >> source >> options;
    if (root != "/") continue;
    if (controller.empty() ? fstype == "cgroup2"
                           : fstype == "cgroup" && has_word(options, controller, ','))
      return place;
  }
  return std::nullopt;
}

std::optional<Hierarchy> hierarchy_of(const std::string& controller) {
  std::istringstream stream(read_proc("self/cgroup"));
  for (std::string text; std::getline(stream, text);) {
    const std::size_t first = text.find(':');
    const std::string controllers = text.substr(first + 1, text.find(':', first + 1) - first - 1);
    if (controller.empty() ? !controllers.empty() : !has_word(controllers, controller, ','))
      continue;
    const auto place = mountpoint_of(controller);
    if (!place) return std::nullopt;
    return Hierarchy{static_cast<unsigned>(std::stoul(text)), controllers, *place};
  }
  return std::nullopt;
}

/// A cgroup that this program made.
class Cgroup {
public:
  Cgroup(Hierarchy hierarchy, const std::string& name)
      : hierarchy_(std::move(hierarchy)), path_("/" + name) {
    must(::mkdir(directory().c_str(), 0755) == 0, directory());
    expect("cgroup.mkdir", Json::object(), with(place(), {{"path", path_}}));
  }

  void remove() {
    const Json last = with(place(), {{"path", path_}});
    must(::rmdir(directory().c_str()) == 0, directory());
    expect("cgroup.rmdir", Json::object(), last);
  }

  [[nodiscard]] std::string directory() const { return hierarchy_.mountpoint + path_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// hierarchy and id: of a cgroup, the inode of its directory.
  [[nodiscard]] Json place() const {
    struct stat status = {};
    must(::stat(directory().c_str(), &status) == 0, directory());
    return {{"hierarchy",
             {{"number", hierarchy_.number},
              {"version", hierarchy_.number == 0 ? 2 : 1},
              {"controllers", hierarchy_.controllers}}},
            {"id", std::to_string(status.st_ino)}};
  }

private:
  Hierarchy hierarchy_;
  std::string path_;
};

enum class How { write, pwrite64, writev };

long write_how(How how, int fd, const std::string& text) {
  struct iovec vector = {const_cast<char*>(text.data()), text.size()};
  if (how == How::writev) return call(SYS_writev, fd, &vector, 1);
  if (how == How::pwrite64) return call(SYS_pwrite64, fd, text.data(), text.size(), 0);
  return call(SYS_write, fd, text.data(), text.size());
}

/// Writes `text` and expects the value that the file then holds, where the tracer knows such files.
void set(const Cgroup& cgroup, const std::string& file, const std::string& text, bool has_value,
         How how = How::write) {
  const std::string path = cgroup.directory() + "/" + file;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  must(fd >= 0, path);
  const long value = write_how(how, fd, text);
  Json in_force;
  if (has_value && value >= 0) {
    std::string now = read_file(path);
    now.resize(now.find_last_not_of('\n') + 1);
    in_force = now;
  }
  expect(
      "cgroup.write",
      with(cgroup.place(), {{"fd", fd}, {"path", cgroup.path()}, {"file", file}, {"text", text}}),
      with(outcome(value), {{"in_force", in_force}}));
  ::close(fd);
}

/// The write moves a task: its event comes first, as it begins before.
void enter(const Cgroup& cgroup, const std::string& file, bool whole_process) {
  set(cgroup, file, "0", false);
  expect("cgroup.attach", Json::object(),
         with(cgroup.place(), {
                                  {"path", cgroup.path()},
                                  {"target_pid", outer_pid()},
                                  {"threadgroup", whole_process},
                                  {"target_comm", status_field("Name")},
                              }));
}

std::string unique_name(const char* part) {
  return "every_call." + std::string(part) + "." + std::to_string(outer_pid());
}

/// No child fits: a fork that fails is hard to come by otherwise.
void one_process_only(const Cgroup& cgroup, const char* tasks, bool whole_process) {
  in_child([&] {
    enter(cgroup, tasks, whole_process);
    set(cgroup, "pids.max", "1", true);
    const Json before = namespaces();
#ifdef SYS_fork
    const long value = call(SYS_fork);
    if (value == 0) ::_exit(1);
    expect("process.fork", Json::object(), with(outcome(value), {{"before", before}}));
#endif
    const long again = call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (again == 0) ::_exit(1);
    expect("process.clone", {{"flags", Json::array()}, {"exit_signal", "SIGCHLD"}},
           with(outcome(again), {{"before", before}}));
  });
}

void version_1() {
  if (const auto memory = hierarchy_of("memory")) {
    Cgroup cgroup(*memory, unique_name("memory"));
    set(cgroup, "memory.limit_in_bytes", "33554433", true); // in force: whole pages
    set(cgroup, "memory.limit_in_bytes", "not a number", true);
    cgroup.remove();
  }
  if (const auto cpu = hierarchy_of("cpu")) {
    Cgroup cgroup(*cpu, unique_name("cpu"));
    set(cgroup, "cpu.cfs_quota_us", "20000", true, How::pwrite64);
    set(cgroup, "cpu.cfs_period_us", "50000", true);
    set(cgroup, "cpu.shares", "512", true, How::writev);
    set(cgroup, "cpu.cfs_quota_us", "1", true); // below the least: EINVAL
    cgroup.remove();
  }
  if (const auto pids = hierarchy_of("pids")) {
    Cgroup cgroup(*pids, unique_name("pids"));
    set(cgroup, "pids.max", "17", true);
    set(cgroup, "pids.max", "max", true, How::writev);
    set(cgroup, "pids.max", "-1", true); // EINVAL
    in_child([&] { enter(cgroup, "tasks", false); });
    one_process_only(cgroup, "cgroup.procs", true);
    cgroup.remove();
  }
}

bool offers(const Cgroup& cgroup, const char* controller) {
  std::string list = read_file(cgroup.directory() + "/cgroup.controllers");
  list.resize(list.find_last_not_of('\n') + 1);
  return has_word(list, controller, ' ');
}

void born_in(const Cgroup& cgroup) {
  struct {
    unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    unsigned long set_tid, set_tid_size, cgroup;
  } arguments = {};
  const int fd = ::open(cgroup.directory().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const Flags flags = FLAGS(CLONE_INTO_CGROUP);
  arguments.flags = flags.bits;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<unsigned long>(fd);
  Child(
      "process.clone3",
      {
          {"flags", flags.names},
          {"exit_signal", "SIGCHLD"},
          {"cgroup_fd", fd},
          {"cgroup_path", cgroup.path()},
      },
      [&] { return call(SYS_clone3, &arguments, sizeof arguments); }, [] {})
      .finish();
  ::close(fd);
}

/// Controllers that the root gives to its children only while this object lives.
class Enabled {
public:
  explicit Enabled(const Hierarchy& root) : file_(root.mountpoint + "/cgroup.subtree_control") {
    const std::string there = read_file(root.mountpoint + "/cgroup.controllers") + " ";
    const std::string given = read_file(file_);
    for (const char* name : {"cpu", "memory", "pids"}) {
      std::string all = there;
      std::ranges::replace(all, '\n', ' ');
      std::string now = given;
      std::ranges::replace(now, '\n', ' ');
      if (has_word(all, name, ' ') && !has_word(now, name, ' ')) change('+', name);
    }
  }
  Enabled(const Enabled&) = delete;
  Enabled& operator=(const Enabled&) = delete;
  ~Enabled() {
    const auto added = added_;
    for (const std::string& name : added)
      change('-', name);
  }

private:
  void change(char sign, const std::string& name) {
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
    must(fd >= 0, file_);
    const std::string text = sign + name;
    const long value = call(SYS_write, fd, text.data(), text.size());
    struct stat status = {};
    must(::fstat(fd, &status) == 0 &&
             ::stat(file_.substr(0, file_.rfind('/')).c_str(), &status) == 0,
         file_);
    expect("cgroup.write",
           {{"fd", fd},
            {"hierarchy", {{"number", 0}, {"version", 2}, {"controllers", ""}}},
            {"id", std::to_string(status.st_ino)},
            {"path", "/"},
            {"file", "cgroup.subtree_control"},
            {"text", text}},
           with(outcome(value), {{"in_force", nullptr}}));
    ::close(fd);
    if (sign == '+' && value > 0) added_.push_back(name);
  }

  std::string file_;
  std::vector<std::string> added_;
};

void version_2() {
  const auto unified = hierarchy_of("");
  if (!unified) return;
  const Enabled enabled(*unified);
  Cgroup cgroup(*unified, unique_name("unified"));
  if (offers(cgroup, "memory")) {
    set(cgroup, "memory.max", "33554433", true);
    set(cgroup, "memory.high", "16M", true);
    set(cgroup, "memory.low", "max", true);
    set(cgroup, "memory.max", "not a number", true);
  }
  if (offers(cgroup, "cpu")) {
    set(cgroup, "cpu.max", "20000 50000", true, How::pwrite64);
    set(cgroup, "cpu.weight", "50", true);
    set(cgroup, "cpu.max", "1 1", true); // EINVAL
  }
  if (offers(cgroup, "pids")) {
    set(cgroup, "pids.max", "17", true, How::writev);
    set(cgroup, "pids.max", "max", true);
    set(cgroup, "pids.max", "-1", true);
    one_process_only(cgroup, "cgroup.procs", true);
  }
  set(cgroup, "cgroup.max.descendants", "5", false);
  set(cgroup, "cgroup.freeze", "1", true);
  set(cgroup, "cgroup.freeze", "0", true);
  in_child([&] { enter(cgroup, "cgroup.procs", true); });
  born_in(cgroup);
  cgroup.remove();
}

} // namespace

void cgroup_calls() {
  in_child(version_1);
  in_child(version_2);
}

} // namespace vitrine::workload
