// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <cstring>
#include <optional>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace vitrine::workload {
namespace {

/// A configured file system's type name, as its own context knows it.
std::string fstype_of_context = "tmpfs";

int open_context(const char* fstype, const Flags& flags) {
  const long value = call(SYS_fsopen, fstype, flags.bits);
  expect("mount.fsopen", {{"fstype", fstype}, {"flags", flags.names}}, outcome(value));
  fstype_of_context = fstype;
  return static_cast<int>(value);
}

/// The newest line of the context's log; reading it takes it away.
std::optional<std::string> newest_message(int context) {
  std::optional<std::string> message;
  char text[512];
  for (ssize_t count; (count = ::read(context, text, sizeof text)) > 0;)
    message = std::string(text, static_cast<std::size_t>(count));
  return message;
}

struct Option {
  unsigned command;
  const char* command_name;
  const char* key = nullptr;
  std::optional<std::string> value = {};
  int aux = 0;
  Json more = Json::object();
};
#define COMMAND(name) .command = (name), .command_name = #name

void configure(int context, const Option& option) {
  const char* value = option.value ? option.value->c_str() : nullptr;
  (void)newest_message(context);
  const long answer = call(SYS_fsconfig, context, option.command, option.key, value, option.aux);
  Json args =
      with({{"fd", context}, {"command", option.command_name}, {"aux", option.aux}}, option.more);
  if (option.key != nullptr) args["key"] = option.key;
  if (option.value) args["value"] = *option.value;
  Json result = with(outcome(answer), {{"context_fstype", fstype_of_context}});
  const auto message = newest_message(context);
  if (answer < 0 && message) result["message"] = {{"@log", *message}};
  expect("mount.fsconfig", args, result);
}

int make_mount(int context, const Flags& flags, const Flags& attributes, const char* source) {
  const long value = call(SYS_fsmount, context, flags.bits, attributes.bits);
  Json result = outcome(value);
  if (value >= 0)
    result.update(detached_mount(static_cast<int>(value), fstype_of_context.c_str(), source));
  expect("mount.fsmount",
         {{"fd", context}, {"flags", flags.names}, {"attr_flags", attributes.names}}, result);
  return static_cast<int>(value);
}

Json directory_args(const char* name, int fd) {
  if (fd == AT_FDCWD) return {{name, "AT_FDCWD"}};
  Json args = {{name, fd}};
  if (const auto path = link_of("self/fd/" + std::to_string(fd)))
    args[std::string(name) + "_path"] = *path;
  return args;
}

int open_tree(int directory, const std::string& path, const Flags& flags, const Json& more,
              bool make_copy, const std::string& place) {
  const Json args = with(with(directory_args("dirfd", directory), more),
                         {{"path", path}, {"flags", flags.names}});
  const long value = call(SYS_open_tree, directory, path.c_str(), flags.bits);
  Json result = outcome(value);
  if (value >= 0 && make_copy)
    result.update(detached_mount(static_cast<int>(value), "tmpfs", "none"));
  else if (value >= 0)
    result.update(mounted_at(place, "new_mount", false));
  expect("mount.open_tree", args, result);
  return static_cast<int>(value);
}

/// Of a detached mount, a path says only that it cannot be reached.
void attach(int mount, const std::string& target, const Flags& flags) {
  const long value = call(SYS_move_mount, mount, "", AT_FDCWD, target.c_str(), flags.bits);
  Json result = outcome(value);
  if (value == 0) result.update(mounted_at(target, "new_mount", true));
  expect("mount.move_mount",
         {
             {"from_dirfd", mount},
             {"from_dirfd_path", "(unreachable)/"},
             {"from_path", ""},
             {"to_dirfd", "AT_FDCWD"},
             {"to_path", target},
             {"flags", flags.names},
         },
         result);
}

int pick(int directory, const std::string& path, const Flags& flags, const char* fstype) {
  const Json args =
      with(directory_args("dirfd", directory), {{"path", path}, {"flags", flags.names}});
  const long value = call(SYS_fspick, directory, path.c_str(), flags.bits);
  Json result = outcome(value);
  if (value >= 0) result["context_fstype"] = fstype;
  expect("mount.fspick", args, result);
  fstype_of_context = fstype;
  return static_cast<int>(value);
}

struct Attributes {
  unsigned long set = 0, clear = 0, propagation = 0, userns = 0;
};

void change(int directory, const std::string& path, const Flags& flags, const Flags& set,
            const Flags& clear, const Flags& propagation, int userns = 0) {
  Json args = directory_args("dirfd", directory);
  if (directory >= 0 && path.empty()) args["dirfd_path"] = "(unreachable)/";
  const Attributes attributes = {set.bits, clear.bits, propagation.bits,
                                 static_cast<unsigned long>(userns)};
  const long value =
      call(SYS_mount_setattr, directory, path.c_str(), flags.bits, &attributes, sizeof attributes);
  expect("mount.mount_setattr",
         with(args, {{"path", path},
                     {"flags", flags.names},
                     {"attr_set", set.names},
                     {"attr_clr", clear.names},
                     {"propagation", propagation.names},
                     {"userns_fd", userns},
                     {"size", sizeof attributes}}),
         outcome(value));
}

void tmpfs(const std::string& target) {
  const int context = open_context("tmpfs", FLAGS(FSOPEN_CLOEXEC));
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "source", .value = "none"});
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "size", .value = "2m"});
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "bogus", .value = "1"});
  configure(context, {COMMAND(FSCONFIG_SET_FLAG), .key = "nonsense"});
  configure(context, {COMMAND(FSCONFIG_SET_BINARY), .key = "bytes", .value = "12345678", .aux = 8});
  configure(context, {COMMAND(FSCONFIG_CMD_CREATE)});
  const int mount = make_mount(context, FLAGS(FSMOUNT_CLOEXEC),
                               FLAGS(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), "none");
  attach(mount, target + "/absent", FLAGS(MOVE_MOUNT_F_EMPTY_PATH)); // ENOENT
  attach(mount, target, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
}

void failing_contexts() {
  (void)call(SYS_close, open_context("no such file system", FLAGS(0)));
  const int context = open_context("tmpfs", FLAGS(0));
  make_mount(context, FLAGS(0), FLAGS(0), "none"); // not created yet: EBUSY
}

void overlay(const std::string& room) {
  for (const char* name : {"lower", "lower by path", "upper", "work", "merged"})
    must(::mkdir((room + "/" + name).c_str(), 0755) == 0, name);
  const std::string merged = room + "/merged";
  const int context = open_context("overlay", FLAGS(FSOPEN_CLOEXEC));
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "source", .value = "layers"});
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "lowerdir", .value = room + "/lower"});
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "upperdir", .value = room + "/upper"});
  configure(context, {COMMAND(FSCONFIG_SET_STRING), .key = "workdir", .value = room + "/work"});
  configure(context, {COMMAND(FSCONFIG_SET_PATH), .key = "no_such_path",
                      .value = room + "/lower by path", .aux = AT_FDCWD});
  const int directory = ::open((room + "/lower by path").c_str(), O_PATH | O_CLOEXEC);
  configure(context, {COMMAND(FSCONFIG_SET_FD), .key = "no_such_descriptor", .aux = directory,
                      .more = {{"value_fd_path", room + "/lower by path"}}});
  configure(context, {COMMAND(FSCONFIG_CMD_CREATE)});
  Json layers = {
      {"overlay_lower", {room + "/lower"}},
      {"overlay_upper", room + "/upper"},
      {"overlay_work", room + "/work"},
  };
  const Flags none = FLAGS(0);
  const long value = call(SYS_fsmount, context, 0, 0);
  must(value >= 0, "fsmount overlay");
  expect("mount.fsmount", {{"fd", context}, {"flags", none.names}, {"attr_flags", none.names}},
         with(with(outcome(value), detached_mount(static_cast<int>(value), "overlay", "layers")),
              layers));
  attach(static_cast<int>(value), merged, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
}

void reconfigure(const std::string& target) {
  const int context = pick(AT_FDCWD, target, FLAGS(FSPICK_CLOEXEC), "tmpfs");
  configure(context, {COMMAND(FSCONFIG_SET_FLAG), .key = "ro"});
  configure(context, {COMMAND(FSCONFIG_CMD_RECONFIGURE)});
  const int parent = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  pick(parent, "absent", FLAGS(FSPICK_NO_AUTOMOUNT), "tmpfs"); // ENOENT
}

int new_user_namespace(Child& child) {
  child.proceed();
  child.await();
  for (const char* file : {"/uid_map", "/gid_map"}) {
    const int fd = open_proc(child.proc() + file, O_WRONLY);
    const std::string text = "0 100000 1000";
    must(::write(fd, text.data(), text.size()) > 0, file);
    ::close(fd);
    expect(file == std::string("/uid_map") ? "security.uid_map" : "security.gid_map",
           {{"target_pid", child.outer()}, {"text", text}},
           {{"value", text.size()},
            {"user_inode", link_of(child.proc() + "/ns/user").value()},
            {"extents", 1},
            {"in_force", {{{"inside", 0}, {"outside", 100000}, {"count", 1000}}}}});
  }
  return open_proc(child.proc() + "/ns/user", O_RDONLY);
}

void trees(const std::string& room, const std::string& target) {
  const std::string copy = room + "/copy";
  must(::mkdir(copy.c_str(), 0755) == 0, copy);
  open_tree(AT_FDCWD, target, FLAGS(OPEN_TREE_CLOEXEC), Json::object(), false, target);
  const int parent = ::open(room.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  open_tree(parent, "target", FLAGS(0), Json::object(), false, target);
  open_tree(parent, "absent", FLAGS(0), Json::object(), false, target); // ENOENT
  const int fd = ::open(target.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  open_tree(AT_FDCWD, "/proc/self/fd/" + std::to_string(fd), FLAGS(0), {{"path_fd_path", target}},
            false, target);
  const int tree = open_tree(AT_FDCWD, target, FLAGS(OPEN_TREE_CLONE | AT_RECURSIVE),
                             Json::object(), true, target);

  change(tree, "", FLAGS(AT_EMPTY_PATH | AT_RECURSIVE),
         FLAGS(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC), FLAGS(0), FLAGS(MS_PRIVATE));
  change(tree, "", FLAGS(AT_EMPTY_PATH), FLAGS(MOUNT_ATTR_NOATIME), FLAGS(MOUNT_ATTR__ATIME),
         FLAGS(0));
  change(AT_FDCWD, room + "/absent", FLAGS(0), FLAGS(MOUNT_ATTR_RDONLY), FLAGS(0), FLAGS(0));
  Child other = plain_child([] { meet_parent(); }, FLAGS(CLONE_NEWUSER));
  const int user = new_user_namespace(other);
  change(tree, "", FLAGS(AT_EMPTY_PATH), FLAGS(MOUNT_ATTR_IDMAP), FLAGS(0), FLAGS(0), user);
  other.finish();
  attach(tree, copy, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
}

void live_in(const std::string& room) {
  const char* fstype = "tmpfs";
  const Flags none = FLAGS(0);
  const Flags private_tree = FLAGS(MS_REC | MS_PRIVATE);
  long value = call(SYS_mount, nullptr, "/", nullptr, private_tree.bits, nullptr);
  expect("mount.mount", {{"target", "/"}, {"flags", private_tree.names}},
         with(outcome(value), {{"new_mount", nullptr}}));
  value = call(SYS_mount, "room", room.c_str(), fstype, none.bits, nullptr);
  expect("mount.mount",
         {{"source", "room"}, {"target", room}, {"fstype", fstype}, {"flags", none.names}},
         with(outcome(value), mounted_at(room, "new_mount", true)));
  const std::string target = room + "/target";
  must(::mkdir(target.c_str(), 0755) == 0, target);
  tmpfs(target);
  failing_contexts();
  overlay(room);
  trees(room, target);
  reconfigure(target);
}

} // namespace

void mount_api_calls(const std::string& room) {
  plain_child([&] { live_in(room); }, FLAGS(CLONE_NEWNS)).finish();
}

} // namespace vitrine::workload
