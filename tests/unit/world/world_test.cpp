// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/world.h"

#include "tests/unit/events/record_builder.h"

#include <gtest/gtest.h>

#include <cerrno>

#include <linux/sched.h>

namespace vitrine::world {
namespace {

using events::AnyRecordBuilder;
using events::RecordBuilder;

constexpr ev_namespaces kHost = {
    .mnt = 1, .uts = 2, .ipc = 3, .net = 4, .pid = 5, .cgroup = 6, .time = 7, .user = 8};

/// An event of the main thread of `id`.
template<class T>
RecordBuilder<T> event_of(ProcessId id, std::int64_t result = 0) {
  RecordBuilder<T> builder;
  builder->header.pid = builder->header.tid = id.pid;
  builder->header.start_ns = id.start_ns;
  builder->header.result = result;
  return builder;
}

void happen(World& world, AnyRecordBuilder& builder) {
  apply(world, builder.record());
}

void clone(World& world, ProcessId parent, ProcessId child, std::uint64_t flags = 0,
           ev_namespaces after = kHost) {
  auto event = event_of<ev_process_clone>(parent, child.pid);
  event->flags = flags;
  event->child_pid = child.pid;
  event->child_ns_pid = 1;
  event->child_start_ns = child.start_ns;
  event->before = kHost;
  event->after = after;
  happen(world, event);
}

void exec(World& world, ProcessId id, std::string_view executable) {
  auto event = event_of<ev_process_exec>(id);
  event.string(&ev_process_exec::executable, executable)
      .string(&ev_process_exec::argv, std::string_view("sh\0-c\0", 6));
  event->credentials.euid = 1000;
  event.comm("sh");
  happen(world, event);
}

void exit_by_itself(World& world, ProcessId id, int code) {
  auto event = event_of<ev_process_exit>(id);
  event->exit_code = code;
  event->header.time_ns = 99;
  happen(world, event);
}

const ProcessId kShell = {10, 100};
const ProcessId kChild = {20, 200};
const ProcessId kGrandchild = {30, 300};

std::vector<std::uint32_t> pids(const std::vector<const Process*>& processes) {
  std::vector<std::uint32_t> out;
  for (const Process* process : processes)
    out.push_back(process->id.pid);
  return out;
}

TEST(World, BuildsATreeOfBirths) {
  World world;
  clone(world, kShell, kChild);
  clone(world, kChild, kGrandchild);
  EXPECT_EQ(pids(children_of(world, kShell)), (std::vector<std::uint32_t>{20}));
  EXPECT_EQ(pids(path_to_root(world, kGrandchild)), (std::vector<std::uint32_t>{30, 20, 10}));
  EXPECT_EQ(find_process(world, kGrandchild)->ns_pid, 1U);
  EXPECT_TRUE(path_to_root(world, {999, 1}).empty());
}

TEST(World, ForkVforkAndClone3MakeProcessesToo) {
  World world;
  auto fork = event_of<ev_process_fork>(kShell, 20);
  fork->child_pid = 20;
  happen(world, fork);
  auto vfork = event_of<ev_process_vfork>(kShell, 21);
  vfork->child_pid = 21;
  happen(world, vfork);
  auto clone3 = event_of<ev_process_clone3>(kShell, 22);
  clone3->child_pid = 22;
  clone3->flags = CLONE_INTO_CGROUP;
  clone3.string(&ev_process_clone3::cgroup_path, "/docker/a");
  happen(world, clone3);
  EXPECT_EQ(pids(children_of(world, kShell)), (std::vector<std::uint32_t>{20, 21, 22}));
  EXPECT_EQ(find_process(world, 22)->cgroups.at(0).path, "/docker/a");
}

TEST(World, FailedCallsChangeNothing) {
  World world;
  auto clone = event_of<ev_process_clone>(kShell, -EAGAIN);
  clone->child_pid = 20;
  happen(world, clone);
  auto unshare = event_of<ev_namespace_unshare>(kShell, -EPERM);
  unshare->after.mnt = 77;
  happen(world, unshare);
  EXPECT_EQ(world.processes.size(), 1U);
  EXPECT_EQ(find_process(world, kShell)->namespaces.mnt, 0U);
}

TEST(World, ThreadsAreNotProcesses) {
  World world;
  clone(world, kShell, {11, 100}, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND);
  EXPECT_EQ(world.processes.size(), 1U);
}

TEST(World, CloneParentMakesASibling) {
  World world;
  clone(world, kShell, kChild);
  clone(world, kChild, kGrandchild, CLONE_PARENT);
  EXPECT_EQ(find_process(world, kGrandchild)->parent, kShell);
}

TEST(World, PidUsedAgainIsAnotherProcess) {
  World world;
  clone(world, kShell, kChild);
  exec(world, kChild, "/bin/old");
  exit_by_itself(world, kChild, 3);
  const ProcessId again = {20, 900};
  clone(world, kShell, again);
  EXPECT_EQ(find_process(world, 20)->id, again) << "by pid alone: the youngest";
  EXPECT_FALSE(find_process(world, 20)->exit.has_value());
  EXPECT_EQ(find_process(world, kChild)->executable, "/bin/old");
  EXPECT_EQ(find_process(world, kChild)->exit->code, 3);
  EXPECT_EQ(find_process(world, kChild)->exit->time_ns, 99U);
}

TEST(World, EventOfAnUnknownProcessMakesItKnown) {
  World world;
  auto event = event_of<ev_mount_chdir>(kChild);
  event->header.ns_pid = 4;
  event.comm("runc");
  happen(world, event);
  const Process* process = find_process(world, kChild);
  ASSERT_NE(process, nullptr);
  EXPECT_EQ(process->comm, "runc");
  EXPECT_EQ(process->ns_pid, 4U);
  EXPECT_FALSE(process->parent.has_value());
}

TEST(World, ParentFromTheHeaderIsTakenUntilABirthSaysBetter) {
  World world;
  clone(world, {1, 1}, kShell);
  auto event = event_of<ev_mount_chdir>(kChild);
  event->header.parent_pid = kShell.pid;
  happen(world, event);
  EXPECT_EQ(find_process(world, kChild)->parent, kShell);
}

TEST(World, BirthThatComesLateKeepsWhatTheChildHasDone) {
  World world;
  auto unshare = event_of<ev_namespace_unshare>(kChild);
  unshare->after = {
      .mnt = 11, .uts = 2, .ipc = 3, .net = 4, .pid = 5, .cgroup = 6, .time = 7, .user = 8};
  happen(world, unshare);
  clone(world, kShell, kChild);
  EXPECT_EQ(find_process(world, kChild)->namespaces.mnt, 11U);
  EXPECT_EQ(find_process(world, kChild)->parent, kShell);
}

TEST(World, ExecSaysWhatRuns) {
  World world;
  exec(world, kChild, "/bin/dash");
  const Process* process = find_process(world, kChild);
  EXPECT_EQ(process->executable, "/bin/dash");
  EXPECT_EQ(process->argv, (std::vector<std::string>{"sh", "-c"}));
  EXPECT_EQ(process->comm, "sh");
  EXPECT_EQ(process->credentials->euid, 1000U);
}

TEST(World, ChildInheritsProgramCredentialsAndCgroups) {
  World world;
  exec(world, kShell, "/bin/dash");
  auto attach = event_of<ev_cgroup_attach>(kShell);
  attach->hierarchy = 4;
  attach->id = 55;
  attach->target_pid = kShell.pid;
  attach.string(&ev_cgroup_attach::path, "/docker/a");
  happen(world, attach);
  clone(world, kShell, kChild);
  EXPECT_EQ(find_process(world, kChild)->executable, "/bin/dash");
  EXPECT_EQ(find_process(world, kChild)->credentials->euid, 1000U);
  EXPECT_EQ(find_process(world, kChild)->cgroups.at(4).path, "/docker/a");
  clone(world, kShell, kGrandchild, CLONE_NEWUSER);
  EXPECT_FALSE(find_process(world, kGrandchild)->credentials.has_value());
}

TEST(World, UnsharedPidNamespaceIsTheChildrens) {
  World world;
  clone(world, {1, 1}, kShell);
  auto unshare = event_of<ev_namespace_unshare>(kShell);
  unshare->flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWTIME;
  unshare->after = {
      .mnt = 11, .uts = 2, .ipc = 3, .net = 4, .pid = 15, .cgroup = 6, .time = 17, .user = 8};
  happen(world, unshare);
  const Process* shell = find_process(world, kShell);
  EXPECT_EQ(shell->namespaces.mnt, 11U);
  EXPECT_EQ(shell->namespaces.pid, 5U);
  EXPECT_EQ(shell->namespaces.time, 7U);
  EXPECT_EQ(shell->pid_namespace_for_children, 15U);
  EXPECT_EQ(shell->time_namespace_for_children, 17U);
  clone(world, kShell, kChild, 0, unshare->after);
  EXPECT_EQ(find_process(world, kChild)->namespaces.pid, 15U);
}

TEST(World, SetnsMovesTheCallerToTheClocksOfATimeNamespace) {
  World world;
  clone(world, {1, 1}, kShell);
  auto setns = event_of<ev_namespace_setns>(kShell);
  setns->before = kHost;
  setns->after = kHost;
  setns->after.time = 17;
  happen(world, setns);
  EXPECT_EQ(find_process(world, kShell)->namespaces.time, 17U);
}

TEST(World, ThreadThatEntersANamespaceDoesNotMoveItsProcess) {
  World world;
  clone(world, {1, 1}, kShell);
  auto setns = event_of<ev_namespace_setns>(kShell);
  setns->header.tid = 12;
  setns->before = kHost;
  setns->after = kHost;
  setns->after.net = 44;
  happen(world, setns);
  const Process* shell = find_process(world, kShell);
  EXPECT_EQ(shell->namespaces.net, 4U);
  EXPECT_EQ(shell->threads.at(12).net, 44U);
  exec(world, kShell, "/bin/x");
  EXPECT_TRUE(shell->threads.empty());
}

TEST(World, BirthsTellWhereTheFirstProcessLives) {
  World world;
  clone(world, kShell, kChild);
  EXPECT_EQ(find_process(world, kShell)->namespaces.mnt, 1U);
  EXPECT_EQ(find_process(world, kShell)->namespaces.pid, 0U) << "only its children's was told";
  EXPECT_EQ(find_process(world, kShell)->pid_namespace_for_children, 5U);
}

TEST(World, CgroupsComeAndGo) {
  World world;
  auto mkdir = event_of<ev_cgroup_mkdir>(kShell);
  mkdir->hierarchy = 4;
  mkdir->id = 55;
  mkdir.string(&ev_cgroup_mkdir::path, "/a");
  happen(world, mkdir);
  EXPECT_EQ(world.cgroups.at({4, 55}).path, "/a");
  auto rmdir = event_of<ev_cgroup_rmdir>(kShell);
  rmdir->hierarchy = 4;
  rmdir->id = 55;
  happen(world, rmdir);
  EXPECT_TRUE(world.cgroups.empty());
}

TEST(World, SomebodyElseMayMoveAProcessIntoACgroup) {
  World world;
  clone(world, kShell, kChild);
  auto attach = event_of<ev_cgroup_attach>(kShell);
  attach->id = 56;
  attach->target_pid = kChild.pid;
  attach.string(&ev_cgroup_attach::path, "/b");
  happen(world, attach);
  EXPECT_EQ(find_process(world, kChild)->cgroups.at(0).id, 56U);
  EXPECT_TRUE(find_process(world, kShell)->cgroups.empty());
  attach->target_pid = 777;
  happen(world, attach);
  EXPECT_EQ(find_process(world, 777), nullptr);
}

ev_mount mount_numbered(std::uint32_t id, std::uint32_t mnt_inode = kHost.mnt) {
  ev_mount mount = {};
  mount.id = id;
  mount.unique_id = id + 1000;
  mount.mnt_inode = mnt_inode;
  return mount;
}

TEST(World, MountOfAnOverlayHasItsLayers) {
  World world;
  auto mount = event_of<ev_mount_mount>(kShell);
  mount->new_mount = mount_numbered(812);
  mount.string(&ev_mount_mount::mountpoint, "/run/rootfs")
      .string(&ev_mount_mount::mount_fstype, "overlay")
      .string(&ev_mount_mount::overlay_lower, std::string_view("/l:1\0/l2\0", 9))
      .string(&ev_mount_mount::overlay_upper, "/u");
  happen(world, mount);
  const Mount& overlay = world.mounts.at({1812, 812});
  EXPECT_EQ(overlay.mountpoint, "/run/rootfs");
  EXPECT_EQ(overlay.made_by, kShell);
  EXPECT_EQ(overlay.layers->lower, (std::vector<std::string>{"/l:1", "/l2"}));
  EXPECT_EQ(overlay.layers->upper, "/u");
}

TEST(World, DetachedMountBecomesAttached) {
  World world;
  auto fsmount = event_of<ev_mount_fsmount>(kShell);
  fsmount->new_mount = mount_numbered(5, 0);
  fsmount.string(&ev_mount_fsmount::mount_fstype, "tmpfs");
  happen(world, fsmount);
  EXPECT_EQ(world.mounts.at({1005, 5}).mnt_inode, 0U);
  auto move = event_of<ev_mount_move_mount>(kChild);
  move->new_mount = mount_numbered(5);
  move.string(&ev_mount_move_mount::mountpoint, "/mnt");
  happen(world, move);
  const Mount& mount = world.mounts.at({1005, 5});
  EXPECT_EQ(mount.mountpoint, "/mnt");
  EXPECT_EQ(mount.fstype, "tmpfs");
  EXPECT_EQ(mount.mnt_inode, 1U);
  EXPECT_EQ(mount.made_by, kShell);
}

TEST(World, UmountTakesTheTopmostMountOfThatVeryPath) {
  World world;
  clone(world, {1, 1}, kShell);
  for (const std::uint32_t id : {5U, 6U}) {
    auto mount = event_of<ev_mount_mount>(kShell);
    mount->new_mount = mount_numbered(id);
    mount.string(&ev_mount_mount::mountpoint, "/mnt");
    happen(world, mount);
  }
  auto umount = event_of<ev_mount_umount2>(kShell);
  umount.string(&ev_mount_umount2::target, "/mnt");
  happen(world, umount);
  EXPECT_EQ(world.mounts.size(), 1U);
  EXPECT_TRUE(world.mounts.contains({1005, 5}));
}

TEST(World, PivotRootMovesEveryProcessOfTheNamespaceThatHadTheOldRoot) {
  World world;
  ev_namespaces inside = kHost;
  inside.mnt = 21;
  clone(world, kShell, kChild, CLONE_NEWNS, inside);
  clone(world, kChild, kGrandchild, 0, inside);
  auto pivot = event_of<ev_mount_pivot_root>(kChild);
  pivot->root = mount_numbered(812, 21);
  happen(world, pivot);
  const MountId root = {1812, 812};
  EXPECT_EQ(find_process(world, kChild)->root_mount, root);
  EXPECT_EQ(find_process(world, kGrandchild)->root_mount, root);
  EXPECT_FALSE(find_process(world, kShell)->root_mount.has_value());
  EXPECT_EQ(world.mounts.at(root).mountpoint, "/");
}

TEST(World, LastCredentialsAreTheMainThreads) {
  World world;
  auto setuid = event_of<ev_security_setuid>(kShell);
  setuid->credentials.uid = 7;
  happen(world, setuid);
  setuid->header.tid = 12;
  setuid->credentials.uid = 9;
  happen(world, setuid);
  EXPECT_EQ(find_process(world, kShell)->credentials->uid, 7U);
}

TEST(World, CircleOfParentsEnds) {
  World world;
  clone(world, kShell, kChild);
  clone(world, kChild, kShell);
  EXPECT_EQ(path_to_root(world, kShell).size(), 2U);
}

} // namespace
} // namespace vitrine::world
