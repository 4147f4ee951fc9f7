// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/json.h"

#include "tests/unit/events/record_builder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>

#include <fcntl.h>
#include <linux/prctl.h>

namespace vitrine::events {
namespace {

using Json = nlohmann::ordered_json;

StreamStart a_stream() {
  StreamStart start;
  start.time_ns = 5'000'000'000;
  start.realtime_ns = 1'709'210'096'000'000'000;
  start.hierarchies = {{4, "memory", "/user"}, {0, "", "/"}};
  return start;
}

Json json(AnyRecordBuilder& builder) {
  return event_json(builder.record(), a_stream());
}

TEST(EventJson, HeadSaysWhatWhenAndWho) {
  RecordBuilder<ev_mount_chdir> chdir;
  chdir->header.sequence = 9;
  chdir->header.cpu = 3;
  chdir->header.time_ns = 5'000'000'042;
  chdir->header.duration_ns = 7;
  chdir->header.tid = 101;
  chdir->header.parent_pid = 1;
  chdir.comm("sh");
  EXPECT_EQ(
      json(chdir).dump(),
      R"({"type":"mount.chdir","seq":9,"cpu":3,"time_ns":5000000042,)"
      R"("time":"2024-02-29T12:34:56.000000042Z","duration_ns":7,)"
      R"("process":{"pid":100,"tid":101,"parent_pid":1,"ns_pid":null,"start_ns":1,"comm":"sh"},)"
      R"("container":null,"args":{},"result":{"value":0}})");
}

TEST(EventJson, ContainerIsWhatIsKnownOfIt) {
  RecordBuilder<ev_mount_chdir> chdir;
  const ContainerLabel label = {"docker", "0d31", "web\xff", ""};
  const Json line = event_json(chdir.record(), a_stream(), {.container = &label});
  EXPECT_EQ(line["container"].dump(),
            R"({"engine":"docker","id":"0d31","name":"web\\xff","image":null})");
  EXPECT_FALSE(line.contains("container_guessed"));
  EXPECT_EQ(event_json(chdir.record(), a_stream(), {.guessed = true})["container_guessed"], true);
}

TEST(EventJson, NamesThatFillTheirFieldHaveNoNul) {
  RecordBuilder<ev_mount_chdir> chdir;
  chdir.comm("0123456789abcdef");
  EXPECT_EQ(json(chdir)["process"]["comm"], "0123456789abcdef");
}

TEST(EventJson, TimeBeforeTheStreamBeganIsEarlier) {
  RecordBuilder<ev_mount_chdir> chdir;
  chdir->header.time_ns = 4'000'000'000;
  EXPECT_EQ(json(chdir)["time"], "2024-02-29T12:34:55.000000000Z");
}

TEST(EventJson, FailureHasTheErrnoByName) {
  RecordBuilder<ev_mount_chdir> chdir;
  chdir->header.result = -ENOENT;
  EXPECT_EQ(json(chdir)["result"].dump(), R"({"value":-2,"errno":"ENOENT"})");
}

TEST(EventJson, RefusedCallMadeNothingButItsCredentialsAreTrue) {
  RecordBuilder<ev_process_fork> fork;
  fork->header.result = -EAGAIN;
  fork->before.mnt = 1;
  EXPECT_EQ(json(fork)["result"]["before"]["mnt"], "mnt:[1]");
  RecordBuilder<ev_process_exec> exec;
  exec->header.result = -ENOENT;
  EXPECT_FALSE(json(exec)["result"].contains("credentials")) << "nothing read them";
  for (const char* made : {"after", "child_pid", "child_ns_pid", "child_start_ns"})
    EXPECT_FALSE(json(fork)["result"].contains(made)) << made;
  RecordBuilder<ev_security_setuid> setuid;
  setuid->header.result = -EPERM;
  setuid->credentials.uid = 1000;
  EXPECT_EQ(json(setuid)["result"]["credentials"]["uid"], 1000);
}

TEST(EventJson, WhatCouldNotBeKnownIsNull) {
  RecordBuilder<ev_process_fork> fork;
  fork->header.result = 5;
  EXPECT_TRUE(json(fork)["result"].at("child_pid").is_null());
  EXPECT_TRUE(json(fork)["result"].at("after").at("time").is_null());
  RecordBuilder<ev_mount_mount> mount;
  mount.string(&ev_mount_mount::source, "", VITRINE_STRING_UNREADABLE);
  EXPECT_TRUE(json(mount)["args"].at("source").is_null());
  EXPECT_TRUE(json(mount)["result"].at("new_mount").is_null());
}

TEST(EventJson, WhatWasNotAskedIsAbsent) {
  RecordBuilder<ev_namespace_setns> setns;
  EXPECT_EQ(json(setns)["args"].dump(), R"({"fd":0,"nstype":[]})");
}

TEST(EventJson, StringStatesAreListed) {
  RecordBuilder<ev_mount_mount> mount;
  mount.string(&ev_mount_mount::source, "caf\xe9\\")
      .string(&ev_mount_mount::target, "é", VITRINE_STRING_AT_EXIT)
      .string(&ev_mount_mount::data, "lower", VITRINE_STRING_TRUNCATED);
  mount.comm("\xff");
  const Json line = json(mount);
  EXPECT_EQ(line["args"]["source"], "caf\\xe9\\\\");
  EXPECT_EQ(line["args"]["target"], "é");
  EXPECT_EQ(line["process"]["comm"], "\\xff");
  EXPECT_EQ(line["escaped"].dump(), R"(["comm","source"])");
  EXPECT_EQ(line["read_at_exit"].dump(), R"(["target"])");
  EXPECT_EQ(line["truncated"].dump(), R"(["data"])");
  RecordBuilder<ev_mount_chdir> plain;
  EXPECT_FALSE(json(plain).contains("truncated"));
}

TEST(EventJson, FlagsAreArraysOfNames) {
  RecordBuilder<ev_namespace_unshare> unshare;
  unshare->flags = 0x1000000020000080;
  EXPECT_EQ(json(unshare)["args"]["flags"].dump(),
            R"(["CLONE_NEWTIME","CLONE_NEWPID","0x1000000000000000"])");
}

TEST(EventJson, NamespaceInodesAreReferences) {
  RecordBuilder<ev_namespace_setns> setns;
  setns->target_kind = VITRINE_NS_USER;
  setns->target_inode = 4026531837;
  EXPECT_EQ(json(setns)["args"]["target_inode"], "user:[4026531837]");
  RecordBuilder<ev_namespace_sethostname> name;
  name->uts_inode = 42;
  EXPECT_EQ(json(name)["result"]["uts_inode"], "uts:[42]");
}

TEST(EventJson, MountHasItsIdsAndDetachedOnesHaveNoNamespace) {
  RecordBuilder<ev_mount_fsmount> fsmount;
  fsmount->new_mount = {.unique_id = 1ULL << 63,
                        .parent_unique_id = 0,
                        .id = 5,
                        .parent_id = 5,
                        .device_major = 0,
                        .device_minor = 52,
                        .mnt_inode = 0,
                        .flags = 0x41};
  EXPECT_EQ(json(fsmount)["result"]["new_mount"].dump(),
            R"({"id":5,"unique_id":"9223372036854775808","parent_id":5,"parent_unique_id":null,)"
            R"("device":"0:52","flags":["MNT_NOSUID","MNT_READONLY"]})");
  fsmount->new_mount.mnt_inode = 7;
  EXPECT_EQ(json(fsmount)["result"]["new_mount"]["namespace"], "mnt:[7]");
}

TEST(EventJson, NumbersKeepTheirSign) {
  RecordBuilder<ev_security_setresuid> set;
  set->ruid = -1;
  set->euid = -2; // 4294967294
  EXPECT_EQ(json(set)["args"].dump(), R"({"ruid":-1,"euid":4294967294,"suid":0})");
  RecordBuilder<ev_security_oom_score_adj> oom;
  oom->in_force = -999;
  EXPECT_EQ(json(oom)["result"]["in_force"], -999);
  RecordBuilder<ev_mount_mount_setattr> setattr;
  setattr->userns_fd = ~0ULL;
  setattr->dirfd = AT_FDCWD;
  EXPECT_EQ(json(setattr)["args"]["userns_fd"], ~0ULL);
  EXPECT_EQ(json(setattr)["args"]["dirfd"], "AT_FDCWD");
}

TEST(EventJson, CgroupFieldsNameTheHierarchyAndReadAsTheFile) {
  RecordBuilder<ev_cgroup_write> write;
  write->hierarchy = 4;
  write->id = 1ULL << 60;
  write->in_force = {50000, 100000, VITRINE_CGROUP_VALUE_QUOTA, 0};
  const Json line = json(write);
  EXPECT_EQ(line["args"]["hierarchy"].dump(), R"({"number":4,"version":1,"controllers":"memory"})");
  EXPECT_EQ(line["args"]["id"], "1152921504606846976");
  EXPECT_EQ(line["result"]["in_force"], "50000 100000");
  write->in_force.what = VITRINE_CGROUP_VALUE_UNKNOWN;
  EXPECT_TRUE(json(write)["result"].at("in_force").is_null());
  write->hierarchy = 0;
  EXPECT_EQ(json(write)["args"]["hierarchy"].dump(),
            R"({"number":0,"version":2,"controllers":""})");
  write->hierarchy = 77;
  EXPECT_TRUE(json(write)["args"]["hierarchy"]["controllers"].is_null());
}

TEST(EventJson, ListsAreArrays) {
  RecordBuilder<ev_process_exec> exec;
  exec.string(&ev_process_exec::argv, std::string_view("sh\0\0-c\0", 7));
  EXPECT_EQ(json(exec)["args"]["argv"].dump(), R"(["sh","","-c"])");
  RecordBuilder<ev_process_clone3> clone;
  clone.values(&ev_process_clone3::set_tid, std::vector<std::int32_t>{1, 300});
  EXPECT_EQ(json(clone)["args"]["set_tid"].dump(), "[1,300]");
  RecordBuilder<ev_security_setgroups> groups;
  groups.values(&ev_security_setgroups::groups, std::vector<std::uint32_t>{0, 4294967294});
  EXPECT_EQ(json(groups)["args"]["groups"].dump(), "[0,4294967294]");
  RecordBuilder<ev_security_uid_map> map;
  map.values(&ev_security_uid_map::in_force, std::vector<ev_id_extent>{{0, 100000, 65536}});
  EXPECT_EQ(json(map)["result"]["in_force"].dump(),
            R"([{"inside":0,"outside":100000,"count":65536}])");
}

TEST(EventJson, CapabilitiesAreNames) {
  RecordBuilder<ev_security_capset> capset;
  EXPECT_EQ(json(capset)["args"].dump(), "{}") << "no version is 0: nothing could be read";
  capset->version = 0x20080522;
  capset->effective = 0x200001;
  EXPECT_EQ(json(capset)["args"]["effective"].dump(), R"(["CAP_CHOWN","CAP_SYS_ADMIN"])");
}

TEST(EventJson, PrctlArgumentsAreNamedAsTheOperationSays) {
  RecordBuilder<ev_security_prctl> prctl;
  prctl->option = PR_CAPBSET_DROP;
  prctl->arg2 = 21;
  EXPECT_EQ(json(prctl)["args"]["arg2"], "0x15");
  EXPECT_EQ(json(prctl)["args"]["arg2_name"], "CAP_SYS_ADMIN");
  EXPECT_FALSE(json(prctl)["args"].contains("arg3_name"));
}

TEST(EventJson, FieldsOfOneFormOfACallAreAbsentInTheOther) {
  RecordBuilder<ev_security_setgroups> groups;
  groups->size = 0;
  EXPECT_EQ(json(groups)["args"].dump(), R"({"size":0})");
  groups.string(&ev_security_setgroups::text, "deny");
  EXPECT_EQ(json(groups)["args"].dump(), R"({"text":"deny"})");
  RecordBuilder<ev_process_clone3> clone;
  EXPECT_TRUE(json(clone)["args"].contains("cgroup_fd"));
  clone->cgroup_fd = -1;
  EXPECT_FALSE(json(clone)["args"].contains("cgroup_fd"));
}

TEST(EventJson, KernelEventHasNoReturnValue) {
  RecordBuilder<ev_process_exit> exit;
  exit->exit_signal = 9;
  exit->core_dumped = 1;
  EXPECT_EQ(json(exit)["result"].dump(), R"({"exit_signal":"SIGKILL","core_dumped":true})");
}

TEST(StartJson, UnknownIsNullAndTextIsUtf8) {
  StreamStart start = a_stream();
  start.command = {"sh", "\xff"};
  start.kernel_release = "6.1.0";
  const Json line = start_json(start);
  EXPECT_EQ(line["type"], "trace.start");
  EXPECT_EQ(line["generated_at"], "2024-02-29T12:34:56.000000000Z");
  EXPECT_EQ(line["host"]["kernel"], "6.1.0");
  EXPECT_TRUE(line["host"].at("hostname").is_null());
  EXPECT_EQ(line["command"].dump(), R"(["sh","\\xff"])");
  EXPECT_EQ(line["cgroup_hierarchies"][0].dump(),
            R"({"number":4,"version":1,"controllers":"memory","path":"/user"})");
}

TEST(EndJson, CountsInTotalAndByType) {
  StreamEnd end;
  end.emitted[VITRINE_EVENT_mount_mount] = 5;
  end.emitted[VITRINE_EVENT_process_exec] = 2;
  end.lost[VITRINE_EVENT_mount_mount] = 1;
  end.received = 7;
  end.exit_status = 130;
  EventCounts hidden = {};
  hidden[VITRINE_EVENT_mount_mount] = 3;
  const Json line = end_json(end, a_stream(), hidden);
  EXPECT_EQ(line["emitted"], 7);
  EXPECT_EQ(line["lost"], 1);
  EXPECT_EQ(line["hidden"], 3);
  EXPECT_EQ(line["by_type"].dump(), R"({"process.exec":{"emitted":2,"lost":0,"hidden":0},)"
                                    R"("mount.mount":{"emitted":5,"lost":1,"hidden":3}})");
  EXPECT_EQ(line["exit_status"], 130);
  EXPECT_EQ(line["complete"], true);
}

TEST(EndJson, WithoutACommandThereIsNoExitStatus) {
  StreamStart start = a_stream();
  start.scope = Scope::all;
  EXPECT_TRUE(end_json({}, start, {})["exit_status"].is_null());
}

TEST(EndJson, OfARecordingThatBreaksOffKnowsNoCounts) {
  StreamEnd end;
  end.complete = false;
  end.received = 7;
  const Json line = end_json(end, a_stream());
  EXPECT_EQ(line["complete"], false);
  EXPECT_EQ(line["received"], 7);
  for (const char* name :
       {"emitted", "lost", "untracked", "missed_probes", "late", "exit_status", "by_type"})
    EXPECT_TRUE(line.at(name).is_null()) << name;
}

} // namespace
} // namespace vitrine::events
