// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <optional>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace vitrine::workload {
namespace {

using Text = std::optional<std::string>;

/// The arguments of mount(2) as a program gives them; what is not there is a null pointer.
struct Mount {
  Text source = {};
  std::string target = {};
  Text fstype = {};
  Flags flags = {0, Json::array()};
  Text data = {};
  Text place = {};            ///< where a new mount is to be found; nothing: the call makes none
  Json more = Json::object(); ///< further arguments that the event has
};

const char* pointer(const Text& text) {
  return text ? text->c_str() : nullptr;
}

void mount(const Mount& wanted) {
  const long value = call(SYS_mount, pointer(wanted.source), wanted.target.c_str(),
                          pointer(wanted.fstype), wanted.flags.bits, pointer(wanted.data));
  Json args = with({{"target", wanted.target}, {"flags", wanted.flags.names}}, wanted.more);
  if (wanted.source) args["source"] = *wanted.source;
  if (wanted.fstype) args["fstype"] = *wanted.fstype;
  if (wanted.data) args["data"] = *wanted.data;
  Json result = outcome(value);
  if (value == 0 && wanted.place)
    result.update(mounted_at(*wanted.place, "new_mount", true));
  else if (value == 0)
    result["new_mount"] = nullptr;
  expect("mount.mount", args, result);
}

void umount(const std::string& target, const Flags& flags, const Json& more = Json::object()) {
  const long value = call(SYS_umount2, target.c_str(), flags.bits);
  expect("mount.umount2", with({{"target", target}, {"flags", flags.names}}, more), outcome(value));
}

void change_directory(const std::string& path, const Json& more = Json::object()) {
  const long value = call(SYS_chdir, path.c_str());
  Json result = outcome(value);
  if (value == 0) result["cwd"] = link_of("self/cwd").value();
  expect("mount.chdir", with({{"path", path}}, more), result);
}

void change_directory(int fd) {
  const long value = call(SYS_fchdir, fd);
  Json args = {{"fd", fd}};
  if (const auto path = link_of("self/fd/" + std::to_string(fd))) args["fd_path"] = *path;
  Json result = outcome(value);
  if (value == 0) result["cwd"] = link_of("self/cwd").value();
  expect("mount.fchdir", args, result);
}

/// `root` is where the path leads, seen from the root of the mount namespace.
void change_root(const std::string& path, const Text& root, const Json& more = Json::object()) {
  const long value = call(SYS_chroot, path.c_str());
  Json result = outcome(value);
  if (value == 0) result["root"] = root.value();
  expect("mount.chroot", with({{"path", path}}, more), result);
}

void pivot(const std::string& new_root, const std::string& put_old) {
  const long value = call(SYS_pivot_root, new_root.c_str(), put_old.c_str());
  Json result = outcome(value);
  if (value == 0) result.update(mounted_at("/", "root", false));
  expect("mount.pivot_root", {{"new_root", new_root}, {"put_old", put_old}}, result);
}

void make_directory(const std::string& path) {
  must(::mkdir(path.c_str(), 0755) == 0, path);
}

/// In a mount namespace of its own, on a tmpfs of its own.
void in_room(const std::string& room, const Child::Body& body) {
  plain_child(
      [&] {
        mount({.source = "none", .target = "/", .flags = FLAGS(MS_REC | MS_SLAVE)});
        mount({.target = "/", .flags = FLAGS(MS_REC | MS_PRIVATE)});
        mount({.source = "a room",
               .target = room,
               .fstype = "tmpfs",
               .flags = FLAGS(MS_NOSUID | MS_NODEV),
               .data = "size=4m,mode=0755",
               .place = room});
        body();
      },
      FLAGS(CLONE_NEWNS))
      .finish();
}

void binds(const std::string& room) {
  const std::string from = room + "/from";
  const std::string to = room + "/to here";
  make_directory(from);
  make_directory(to);
  mount({.source = from, .target = to, .flags = FLAGS(MS_BIND), .place = to});
  mount({.target = to, .flags = FLAGS(MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)});
  umount(to, FLAGS(MNT_DETACH));
  mount({.source = from, .target = to, .flags = FLAGS(MS_BIND | MS_REC), .place = to});
  umount(to, FLAGS(UMOUNT_NOFOLLOW));
  umount(to, FLAGS(0)); // no longer a mount: EINVAL
}

/// The way of runtimes that trust no path: the target is the descriptor of a directory.
void by_descriptor(const std::string& room) {
  const std::string target = room + "/by descriptor";
  make_directory(target);
  const int fd = ::open(target.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  mount({.source = "tmpfs",
         .target = path,
         .fstype = "tmpfs",
         .flags = FLAGS(MS_NOEXEC),
         .place = target,
         .more = {{"target_fd_path", target}}});
  mount({.source = path,
         .target = room + "/from",
         .flags = FLAGS(MS_BIND),
         .place = room + "/from",
         .more = {{"source_fd_path", target}}});
  umount(room + "/from", FLAGS(MNT_DETACH));
  const int above = ::open(target.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  umount("/proc/self/fd/" + std::to_string(above), FLAGS(MNT_DETACH), {{"target_fd_path", target}});
  change_directory(path, {{"path_fd_path", target}});
  change_directory("/");
}

void overlay(const std::string& room) {
  for (const char* name : {"lower one", "lower two", "upper", "work", "merged"})
    make_directory(room + "/" + name);
  const std::string merged = room + "/merged";
  mount({.source = "overlay",
         .target = merged,
         .fstype = "overlay",
         .data = "lowerdir=" + room + "/lower one:" + room + "/lower two,upperdir=" + room +
                 "/upper,workdir=" + room + "/work",
         .place = merged});
  umount(merged, FLAGS(0));
  mount({.source = "overlay",
         .target = merged,
         .fstype = "overlay",
         .flags = FLAGS(MS_RDONLY),
         .data = "lowerdir=" + room + "/lower two:" + room + "/lower one",
         .place = merged});
  umount(merged, FLAGS(0));
}

void refused(const std::string& room) {
  mount({.source = "none", .target = room + "/absent", .fstype = "tmpfs"});           // ENOENT
  mount({.source = "none", .target = room, .fstype = "tmpfs", .data = "size=wrong"}); // EINVAL
  mount({.source = "none", .target = room, .fstype = "no such file system"});         // ENODEV
  umount(room + "/absent", FLAGS(0));                                                 // ENOENT
}

void directories(const std::string& room) {
  change_directory(room);
  change_directory("from");
  change_directory("absent"); // ENOENT
  change_directory(::open(room.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  change_directory(::open("/proc/self/status", O_RDONLY | O_CLOEXEC)); // ENOTDIR
  change_directory(1000);                                              // EBADF
  change_directory("/");
}

void roots(const std::string& room) {
  const std::string root = room + "/root";
  make_directory(root);
  make_directory(root + "/old");
  make_directory(root + "/inner");
  pivot(root, root + "/old"); // not a mount point: EINVAL
  mount({.source = root, .target = root, .flags = FLAGS(MS_BIND | MS_REC), .place = root});
  pivot(root, root + "/old");
  change_directory("/");
  umount("/old", FLAGS(MNT_DETACH));
  change_root("/absent", {}); // ENOENT
  change_root("/inner", "/inner");
}

void chroots(const std::string& room) {
  const std::string root = room + "/from";
  const int fd = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  change_root("/proc/self/fd/" + std::to_string(fd), root, {{"path_fd_path", root}});
}

/// A root file system of layers, as engines make it.
void overlay_root(const std::string& room) {
  const std::string merged = room + "/merged";
  mount({.source = "overlay",
         .target = merged,
         .fstype = "overlay",
         .data = "lowerdir=" + room + "/lower one,upperdir=" + room + "/upper,workdir=" + room +
                 "/work",
         .place = merged});
  make_directory(merged + "/old");
  pivot(merged, merged + "/old");
  change_directory("/");
  umount("/old", FLAGS(MNT_DETACH));
}

} // namespace

void mount_calls(const std::string& room) {
  in_room(room, [&] {
    binds(room);
    by_descriptor(room);
    overlay(room);
    refused(room);
    directories(room);
    in_child([&] { chroots(room); });
    plain_child([&] { overlay_root(room); }, FLAGS(CLONE_NEWNS)).finish();
    roots(room);
  });
}

} // namespace vitrine::workload
