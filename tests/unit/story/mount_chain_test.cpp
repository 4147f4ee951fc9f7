// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/mount_chain.h"

#include "tests/unit/story/heard.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace vitrine::story {
namespace {

using Lines = std::vector<std::string>;

const Who kRuntime{};
const Who kInit{200, "init", 1, 100};

void configure(TraceBuilder& trace, const Who& who, std::int32_t fd) {
  trace.fsopen(who, "tmpfs", fd);
  trace.fsconfig(who, fd, FSCONFIG_SET_STRING, "source", "shm");
  trace.fsconfig(who, fd, FSCONFIG_SET_STRING, "size", "64k");
  trace.fsconfig(who, fd, FSCONFIG_CMD_CREATE);
}

TEST(MountChain, IsOneStepFromFsopenToMoveMount) {
  TraceBuilder trace;
  configure(trace, kRuntime, 5);
  trace.fsmount(kRuntime, 5, 6, 300, "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  trace.move_mount(kRuntime, 6, 300, "/dev/shm");
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(lines_of(heard), Lines{"mount tmpfs on /dev/shm from shm  nosuid,nodev  size=64k"});
  const Step& step = heard.steps.front();
  EXPECT_EQ(step.events, 6U);
  EXPECT_EQ(step.time_ns, kMillisecond);
  EXPECT_EQ(step.duration_ns, 5 * kMillisecond + 10'000);
  EXPECT_TRUE(step.result.empty());
}

TEST(MountChain, TellsTheLayersOfAnOverlayOnce) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "overlay", 5);
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_STRING, "lowerdir+", "/layers/b");
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_STRING, "upperdir", "/run/box/upper");
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_FLAG, "volatile");
  trace.fsconfig(kRuntime, 5, FSCONFIG_CMD_CREATE);
  trace.fsmount(kRuntime, 5, 6, 300, "overlay");
  trace.move_mount(kRuntime, 6, 300, "/box");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard),
            Lines{"mount overlay on /box  2 lower layers, upper /run/box/upper, volatile"});
}

TEST(MountChain, ShowsItsPartsWhenEveryEventIsAskedFor) {
  TraceBuilder trace;
  configure(trace, kRuntime, 5);
  Heard heard;
  tell(heard, trace.records(), {.every_event = true});
  EXPECT_EQ(lines_of(heard), (Lines{"fsopen configure a new tmpfs", "fsconfig source = shm",
                                    "fsconfig size = 64k", "fsconfig create it"}));
  EXPECT_EQ(heard.steps[0].indent, 0U);
  EXPECT_EQ(heard.steps[1].indent, 1U);
}

TEST(MountChain, IsFollowedToWhoeverAttachesTheMount) {
  for (const bool unique : {true, false}) {
    TraceBuilder trace;
    trace.unique_mount_ids = unique;
    trace.clone(kRuntime, 200, 1, kOwn);
    trace.open_tree(kRuntime, "/data", 7, 300);
    trace.move_mount(kInit, 4, 300, "/box/data");
    Heard heard;
    tell(heard, trace.records());
    ASSERT_EQ(heard.steps.size(), 2U);
    EXPECT_EQ(line_of(heard.steps[1]), "mount bind /data on /box/data");
    EXPECT_EQ(heard.steps[1].actor.pid, 100U);
  }
}

TEST(MountChain, SeveralMayBeOpenAtOnce) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  trace.fsopen(kInit, "sysfs", 5);
  trace.fsopen(kRuntime, "mqueue", 6);
  trace.fsconfig(kRuntime, 6, FSCONFIG_CMD_CREATE);
  trace.fsconfig(kInit, 5, FSCONFIG_CMD_CREATE);
  trace.fsconfig(kRuntime, 5, FSCONFIG_CMD_CREATE);
  trace.fsmount(kInit, 5, 8, 302, "sysfs");
  trace.fsmount(kRuntime, 6, 8, 303, "mqueue");
  trace.fsmount(kRuntime, 5, 9, 301, "proc");
  trace.move_mount(kRuntime, 8, 303, "/dev/mqueue");
  trace.move_mount(kRuntime, 9, 301, "/proc");
  trace.move_mount(kInit, 8, 302, "/sys");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard),
            (Lines{"mount proc on /proc", "mount sysfs on /sys", "mount mqueue on /dev/mqueue"}));
}

TEST(MountChain, AFailureShowsThePartAndTheKernelsReason) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "overlay", 5);
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_STRING, "lowerdir", "/nowhere");
  trace.fsconfig(kRuntime, 5, FSCONFIG_CMD_CREATE, "", "", -ENOENT,
                 "overlay: No such file or directory: '/nowhere'");
  trace.exit(kRuntime, 1);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(lines_of(heard), (Lines{"fsopen configure a new overlay  lowerdir=/nowhere",
                                    "fsconfig create it", "exit status 1"}));
  EXPECT_EQ(heard.steps[1].outcome, Outcome::failed);
  EXPECT_NE(heard.steps[1].result.find("ENOENT"), std::string::npos);
  EXPECT_NE(heard.steps[1].result.find("the kernel says: overlay: No such"), std::string::npos);
}

TEST(MountChain, GoesOnAfterARefusedAttempt) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  trace.fsmount(kRuntime, 5, 6, 300, "proc");
  trace.move_mount(kRuntime, 6, 300, "/nowhere", -ENOENT);
  trace.move_mount(kRuntime, 6, 300, "/proc");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard),
            (Lines{"fsmount a detached proc mount", "move_mount the mount of fd 6 to /nowhere",
                   "mount proc on /proc"}));
}

TEST(MountChain, SaysThatAMountWasNeverAttachedWhenItsProcessEnds) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  trace.fsconfig(kRuntime, 5, FSCONFIG_CMD_CREATE);
  trace.fsmount(kRuntime, 5, 6, 300, "proc", MOUNT_ATTR_NOSUID);
  trace.mount(kRuntime, "none", "/", "", MS_REC | MS_PRIVATE);
  trace.exit(kRuntime);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), (Lines{"fsmount a detached proc mount, never attached  nosuid",
                                    "mount make / private recursively", "exit status 0"}));
}

TEST(MountChain, SaysThatAMountWasNeverAttachedWhenItsDescriptorIsUsedAgain) {
  TraceBuilder trace;
  trace.open_tree(kRuntime, "/usr", 5, 300);
  trace.open_tree(kRuntime, "/lib", 5, 301);
  trace.move_mount(kRuntime, 5, 301, "/box/lib");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), (Lines{"open_tree a detached copy of /usr, never attached",
                                    "mount bind /lib on /box/lib"}));
}

TEST(MountChain, SaysSoAlsoAtTheEndOfTheTrace) {
  TraceBuilder trace;
  trace.open_tree(kRuntime, "/usr", 5, 300);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), Lines{"open_tree a detached copy of /usr, never attached"});
}

TEST(MountChain, APauseTellsItAsFarAsItHasCome) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  trace.fsmount(kRuntime, 5, 6, 300, "proc");
  trace.move_mount(kRuntime, 6, 300, "/proc");
  Heard heard;
  Story story({}, heard);
  story.start(trace_start());
  story.event(trace.records()[0]);
  story.event(trace.records()[1]);
  EXPECT_TRUE(heard.steps.empty());
  story.pause();
  EXPECT_EQ(lines_of(heard), Lines{"fsmount a detached proc mount"});
  story.event(trace.records()[2]);
  EXPECT_EQ(lines_of(heard).back(), "mount proc on /proc");
}

TEST(MountChain, ADescriptorThatWasDuplicatedShowsItsPartsAsTheyAre) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  trace.fsconfig(kRuntime, 9, FSCONFIG_CMD_CREATE);
  trace.fsmount(kInit, 5, 6, 300, "proc");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), (Lines{"fsopen configure a new proc", "fsconfig create it",
                                    "fsmount detached mount of proc"}));
}

TEST(MountChain, ReconfiguringIsOneStep) {
  TraceBuilder trace;
  trace.fspick(kRuntime, "/tmp", 5);
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_FLAG, "ro");
  trace.fsconfig(kRuntime, 5, FSCONFIG_SET_STRING, "size", "1m");
  trace.fsconfig(kRuntime, 5, FSCONFIG_CMD_RECONFIGURE);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), Lines{"fspick reconfigure the file system at /tmp  ro,size=1m"});
  EXPECT_EQ(heard.steps.front().events, 4U);
}

TEST(MountChain, ABindTellsTheAttributesItWasGiven) {
  TraceBuilder trace;
  trace.open_tree(kRuntime, "/data", 5, 300);
  auto attributes = trace.call<ev_mount_mount_setattr>(kRuntime);
  attributes->dirfd = 5;
  attributes->attr_set = MOUNT_ATTR_RDONLY;
  trace.add(attributes);
  trace.move_mount(kRuntime, 5, 300, "/box/data");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard), Lines{"mount bind /data on /box/data  set ro"});
}

TEST(MountChain, WholeOnesJoinTheirGroup) {
  TraceBuilder trace;
  for (const std::string_view path : {"/proc/keys", "/proc/kcore", "/proc/timer_list"}) {
    trace.open_tree(kRuntime, "/dev/null", 5, 300);
    trace.move_mount(kRuntime, 5, 300, path);
  }
  trace.fsopen(kRuntime, "proc", 6);
  trace.fsmount(kRuntime, 6, 7, 301, "proc");
  trace.move_mount(kRuntime, 7, 301, "/proc");
  trace.open_tree(kRuntime, "/dev/null", 5, 300);
  trace.move_mount(kRuntime, 5, 300, "/proc/latency_stats");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard),
            (Lines{"mount masked 3 paths: /proc/keys, /proc/kcore, /proc/timer_list",
                   "mount proc on /proc", "mount mask /proc/latency_stats with /dev/null"}));
  EXPECT_EQ(heard.steps.front().events, 6U);
}

TEST(MountChain, ABindByMountTakesItsOptionsFromTheCallsAfterIt) {
  TraceBuilder trace;
  trace.mount(kRuntime, "/data", "/box/data", "", MS_BIND | MS_REC);
  trace.mount(kRuntime, "none", "/box/data", "", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID);
  trace.mount(kRuntime, "none", "/box/data", "", MS_PRIVATE | MS_REC);
  trace.mount(kRuntime, "/more", "/box/more", "", MS_BIND);
  trace.mount(kRuntime, "none", "/elsewhere", "", MS_BIND | MS_REMOUNT | MS_NOSUID);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(lines_of(heard),
            (Lines{"mount bind /data on /box/data recursively  ro,nosuid, private recursively",
                   "mount bind /more on /box/more", "mount remount /elsewhere  nosuid"}));
  EXPECT_EQ(heard.steps.front().events, 3U);
}

TEST(MountChain, ABindDoesNotWaitForMoreOnceItsThreadGoesOn) {
  TraceBuilder trace;
  trace.mount(kRuntime, "/data", "/box/data", "", MS_BIND);
  trace.exec(kRuntime, "/bin/true");
  Heard heard;
  Story story({}, heard);
  story.start(trace_start());
  for (const events::Record& record : trace.records())
    story.event(record);
  EXPECT_EQ(heard.steps.size(), 2U);
}

TEST(MountChain, OneThatStaysOpenDoesNotHoldUpTheStoryForEver) {
  TraceBuilder trace;
  trace.fsopen(kRuntime, "proc", 5);
  for (int i = 0; i < 300; ++i)
    trace.mount(kRuntime, "none", "/", "", MS_REC | MS_PRIVATE);
  Heard heard;
  Story story({}, heard);
  story.start(trace_start());
  for (const events::Record& record : trace.records())
    story.event(record);
  EXPECT_GT(heard.steps.size(), 250U);
}

} // namespace
} // namespace vitrine::story
