// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/text.h"

#include "tests/unit/events/record_builder.h"
#include "userspace/events/field.h"

#include <gtest/gtest.h>

#include <cerrno>

#include <fcntl.h>
#include <linux/prctl.h>

namespace vitrine::events {
namespace {

StreamStart a_stream() {
  StreamStart start;
  start.hierarchies = {{4, "memory", "/"}, {0, "", "/"}};
  return start;
}

std::string call(AnyRecordBuilder& builder) {
  return call_text(builder.record(), a_stream());
}

TEST(CallText, MountReadsAsTheCallAndWhatItMade) {
  RecordBuilder<ev_mount_mount> mount;
  mount.string(&ev_mount_mount::source, "overlay")
      .string(&ev_mount_mount::target, "/proc/self/fd/7")
      .string(&ev_mount_mount::target_fd_path, "/run/x/rootfs")
      .string(&ev_mount_mount::fstype, "overlay")
      .string(&ev_mount_mount::data, "lowerdir=/a:/b:/c")
      .string(&ev_mount_mount::mountpoint, "/run/x/rootfs")
      .string(&ev_mount_mount::overlay_lower, std::string_view("/a\0/b\0/c\0", 9));
  mount->new_mount.id = 812;
  mount->new_mount.mnt_inode = 4026531841;
  EXPECT_EQ(
      call(mount),
      R"(mount("overlay", "/proc/self/fd/7"</run/x/rootfs>, "overlay", 0, "lowerdir=/a:/b:/c") = 0)"
      R"( → mount 812 on "/run/x/rootfs", lower 3 layers)");
}

TEST(CallText, FailureShowsTheErrorAndNothingThatWasNotMade) {
  RecordBuilder<ev_mount_mount> mount;
  mount->flags = 0x44000;
  mount->header.result = -EPERM;
  mount->new_mount.id = 812;
  mount.string(&ev_mount_mount::target, "/");
  EXPECT_EQ(call(mount), R"(mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL) = -1 EPERM)");
}

TEST(CallText, CallThatASignalInterruptedHasTheKernelsOwnError) {
  RecordBuilder<ev_process_fork> fork;
  fork->header.result = -513;
  EXPECT_EQ(call(fork), "fork() = -1 ERESTARTNOINTR");
}

TEST(CallText, UnshareShowsTheNewNamespacesOnly) {
  RecordBuilder<ev_namespace_unshare> unshare;
  unshare->flags = 0x20020000;
  unshare->before = {1, 2, 3, 4, 5, 6, 7, 8};
  unshare->after = {11, 2, 3, 4, 15, 6, 7, 8};
  EXPECT_EQ(call(unshare), "unshare(CLONE_NEWNS|CLONE_NEWPID) = 0 → mnt:[11], pid:[15]");
}

TEST(CallText, SetnsNamesTheNamespaceBehindTheDescriptor) {
  RecordBuilder<ev_namespace_setns> setns;
  setns->fd = 9;
  setns->target_kind = VITRINE_NS_NET;
  setns->target_inode = 4026531840;
  EXPECT_EQ(call(setns), "setns(9, 0, target_inode=net:[4026531840]) = 0");
}

TEST(CallText, CloneShowsTheChild) {
  RecordBuilder<ev_process_clone3> clone;
  clone->header.result = 7;
  clone->flags = 0x200000000;
  clone->exit_signal = 17;
  clone->cgroup_fd = 5;
  clone.string(&ev_process_clone3::cgroup_path, "/docker/abc");
  clone->child_pid = 4242;
  clone->child_ns_pid = 1;
  EXPECT_EQ(call(clone),
            "clone3(CLONE_INTO_CGROUP, exit_signal=SIGCHLD, 5</docker/abc>) = 7 → child "
            "pid 4242, child ns pid 1");
}

TEST(CallText, DirectoryDescriptorsHaveTheirPaths) {
  RecordBuilder<ev_mount_move_mount> move;
  move->from_dirfd = 6;
  move->to_dirfd = AT_FDCWD;
  move->flags = 4;
  move.string(&ev_mount_move_mount::from_dirfd_path, "/")
      .string(&ev_mount_move_mount::from_path, "")
      .string(&ev_mount_move_mount::to_path, "/mnt");
  EXPECT_EQ(call(move), R"(move_mount(6</>, "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH) = 0)");
}

TEST(CallText, TwoSetsOfTheSameFlagsAreNamed) {
  RecordBuilder<ev_mount_mount_setattr> setattr;
  setattr->dirfd = AT_FDCWD;
  setattr.string(&ev_mount_mount_setattr::path, "/m");
  setattr->attr_set = 1;
  setattr->attr_clr = 0x70;
  EXPECT_EQ(call(setattr), R"(mount_setattr(AT_FDCWD, "/m", 0, attr_set=MOUNT_ATTR_RDONLY, )"
                           "attr_clr=MOUNT_ATTR__ATIME, 0, userns_fd=0, size=0) = 0");
}

TEST(CallText, PrctlArgumentsMeanWhatTheOperationSays) {
  RecordBuilder<ev_security_prctl> prctl;
  prctl->option = PR_CAP_AMBIENT;
  prctl->arg2 = PR_CAP_AMBIENT_RAISE;
  prctl->arg3 = 10;
  EXPECT_TRUE(call(prctl).starts_with("prctl(PR_CAP_AMBIENT, arg2=PR_CAP_AMBIENT_RAISE, "
                                      "arg3=CAP_NET_BIND_SERVICE)"))
      << call(prctl);
}

TEST(CallText, CgroupWriteShowsTheValueInForce) {
  RecordBuilder<ev_cgroup_write> write;
  write->fd = 7;
  write->hierarchy = 4;
  write->header.result = 8;
  write->in_force = {
      .first = 33554432, .second = 0, .what = VITRINE_CGROUP_VALUE_BYTES, .reserved = 0};
  write.string(&ev_cgroup_write::path, "/docker/abc")
      .string(&ev_cgroup_write::file, "memory.limit_in_bytes")
      .string(&ev_cgroup_write::text, "33554432");
  EXPECT_EQ(call(write), R"(write(7, hierarchy=memory, "/docker/abc", "memory.limit_in_bytes", )"
                         R"("33554432") = 8 → in force 33554432)");
}

TEST(CallText, KernelEventHasNoCall) {
  RecordBuilder<ev_cgroup_mkdir> mkdir;
  mkdir.string(&ev_cgroup_mkdir::path, "/a");
  EXPECT_EQ(call(mkdir), R"(cgroup.mkdir: hierarchy v2, path "/a")");
}

TEST(CallText, DeathBySignalHasNoExitCode) {
  RecordBuilder<ev_process_exit> exit;
  exit->exit_signal = 9;
  EXPECT_EQ(call(exit), "process.exit: exit signal SIGKILL");
  exit->exit_signal = 0;
  exit->exit_code = 3;
  EXPECT_EQ(call(exit), "process.exit: exit code 3");
}

TEST(CallText, ForeignTextCannotReachTheTerminalOrLeaveItsQuotes) {
  RecordBuilder<ev_mount_chdir> chdir;
  chdir.string(&ev_mount_chdir::path, "/a\x1b[2J\", \"\n");
  EXPECT_EQ(call(chdir), R"(chdir("/a\e[2J\", \"\n") = 0)");
}

TEST(CallText, StringStatesAreVisible) {
  RecordBuilder<ev_mount_mount> mount;
  mount.string(&ev_mount_mount::source, "long", VITRINE_STRING_TRUNCATED)
      .string(&ev_mount_mount::target, "", VITRINE_STRING_UNREADABLE)
      .string(&ev_mount_mount::fstype, "");
  EXPECT_EQ(call(mount), R"(mount("long"…, ?, "", 0, NULL) = 0)");
}

TEST(FieldText, ListsShowTheirElements) {
  RecordBuilder<ev_process_exec> exec;
  exec.string(&ev_process_exec::argv, std::string_view("sh\0-c\0a \"b\"", 11));
  EXPECT_EQ(field_text(exec.record(), *find_field(exec.record().schema(), "argv"), {}),
            R"(["sh", "-c", "a \"b\""])");
  RecordBuilder<ev_security_uid_map> map;
  map.values(&ev_security_uid_map::in_force,
             std::vector<ev_id_extent>{{0, 100000, 65536}, {65536, 1000, 1}});
  EXPECT_EQ(field_text(map.record(), *find_field(map.record().schema(), "in_force"), {}),
            "[0 100000 65536, 65536 1000 1]");
}

TEST(CgroupValueText, ReadsAsTheFileWould) {
  const auto text = [](__u32 what, __s64 first, __s64 second, std::string_view file) {
    return cgroup_value_text({first, second, what, 0}, file).value_or("unknown");
  };
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_UNKNOWN, 5, 0, "x"), "unknown");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_BYTES, -1, 0, "memory.max"), "max");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_COUNT, 100, 0, "pids.max"), "100");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_QUOTA, 50000, 100000, "cpu.max"), "50000 100000");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_QUOTA, -1, 100000, "cpu.max"), "max 100000");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_QUOTA, -1, 100000, "cpu.cfs_quota_us"), "-1");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_QUOTA, 50000, 100000, "cpu.cfs_period_us"), "100000");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_WEIGHT, 1024, 0, "cpu.weight"), "100");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_WEIGHT, 512, 0, "cpu.shares"), "512");
  EXPECT_EQ(text(VITRINE_CGROUP_VALUE_MASK, 18, 0, "cgroup.subtree_control"), "0x12");
}

} // namespace
} // namespace vitrine::events
