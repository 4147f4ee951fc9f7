// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/story.h"
#include "userspace/story/text.h"

#include "tests/unit/events/sample_records.h"
#include "tests/unit/story/heard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include <linux/seccomp.h>

namespace vitrine::story {
namespace {

const Who kRuntime{};
const Who kInside{200, "init", 1, 100};

TEST(Story, GoesThroughThePhasesOfAContainer) {
  Heard heard;
  tell(heard, container_trace());
  EXPECT_EQ(phases_of(heard),
            (std::vector<Phase>{Phase::prepare, Phase::namespaces, Phase::cgroup, Phase::namespaces,
                                Phase::root_filesystem, Phase::pivot, Phase::confine, Phase::exec,
                                Phase::running, Phase::exit}));
  EXPECT_EQ(heard.ended, heard.phases.size());
  for (std::size_t i = 1; i < heard.summary.phases.size(); ++i)
    EXPECT_EQ(heard.summary.phases[i].begin_ns, heard.summary.phases[i - 1].end_ns);
}

TEST(Story, CountsEveryEventInSomePhase) {
  Heard heard;
  const auto records = container_trace();
  tell(heard, records);
  std::uint64_t events = 0;
  for (const PhaseSpan& span : heard.summary.phases)
    events += span.events;
  EXPECT_EQ(events, records.size());
}

TEST(Story, StepsComeInOrderOfTime) {
  Heard heard;
  tell(heard, container_trace());
  EXPECT_TRUE(std::is_sorted(heard.steps.begin(), heard.steps.end(),
                             [](const Step& a, const Step& b) { return a.time_ns < b.time_ns; }));
}

TEST(Story, TellsWhatTheContainerIsMadeOf) {
  Heard heard;
  tell(heard, container_trace());
  ASSERT_EQ(heard.summary.containers.size(), 1U);
  const Container& container = heard.summary.containers.front();
  EXPECT_EQ(container.init.pid, 200U);
  EXPECT_TRUE(container.init_known);
  EXPECT_EQ(container.executable, "/bin/true");
  EXPECT_EQ(container.namespaces.mnt, kOwn.mnt);
  EXPECT_EQ(container.namespaces.user, kHost.user);
  EXPECT_EQ(container.cgroups.at(2), "/box");
  ASSERT_TRUE(container.root.has_value());
  EXPECT_EQ(container.root->directory, "/run/box/rootfs");
  EXPECT_EQ(container.root->lower, (std::vector<std::string>{"/layers/b", "/layers/a"}));
  ASSERT_EQ(container.uid_map.size(), 1U);
  EXPECT_EQ(container.uid_map.front().outside, 100000U);
  ASSERT_TRUE(container.ending.has_value());
  EXPECT_EQ(container.ending->code, 3);
  const auto& limits = heard.summary.limits.at({2, "/box"});
  EXPECT_EQ(limits.front().asked, "33554433");
  EXPECT_EQ(limits.front().in_force.first, 33554432);
}

TEST(Story, ACommandWithoutNamespacesMakesNoContainer) {
  TraceBuilder trace;
  trace.exec(kRuntime, "/bin/ls");
  trace.exit(kRuntime);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_TRUE(heard.summary.containers.empty());
  EXPECT_EQ(phases_of(heard), std::vector<Phase>{Phase::prepare});
}

TEST(Story, TellsTwoContainersOfOneShellApart) {
  TraceBuilder trace;
  const ev_namespaces other = {3001, 3002, 3003, 3004, 3005, 1006, 1007, 1008};
  for (const std::uint32_t pid : {200U, 300U}) {
    trace.clone(kRuntime, pid, pid, kHost);
    const Who runtime{pid, "runc"};
    trace.clone(runtime, pid + 1, 1, pid == 200 ? kOwn : other);
    trace.exec({pid + 1, "true", 1, pid}, "/bin/true");
    trace.exit({pid + 1, "true", 1, pid});
    trace.exit(runtime);
  }
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[0].namespaces.mnt, kOwn.mnt);
  EXPECT_EQ(heard.summary.containers[1].namespaces.mnt, other.mnt);
  EXPECT_EQ(heard.summary.containers[1].parent, 0U);
  EXPECT_TRUE(heard.summary.containers[1].ending.has_value());
}

TEST(Story, TellsAContainerInsideARunningOne) {
  TraceBuilder trace;
  const ev_namespaces nested = {3001, 3002, 3003, 3004, 3005, 1006, 1007, 1008};
  trace.clone(kRuntime, 200, 1, kOwn);
  trace.exec(kInside, "/bin/sh");
  auto clone = trace.call<ev_process_clone>(kInside, 5);
  clone->child_pid = 300;
  clone->child_ns_pid = 1;
  clone->child_start_ns = 300;
  clone->before = kOwn;
  clone->after = nested;
  trace.add(clone);
  trace.exec({300, "sh", 1, 200}, "/bin/sh");
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[1].parent, 1U);
  EXPECT_FALSE(heard.summary.containers[1].ending.has_value());
}

TEST(Story, DroppedCapabilitiesAreOneStep) {
  Heard heard;
  tell(heard, container_trace());
  const Step* step = find_step(heard, "bounding set: dropped 3 capabilities: CHOWN, DAC_OVERRIDE, "
                                      "DAC_READ_SEARCH");
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->events, 3U);
  EXPECT_EQ(step->duration_ns, 2 * kMillisecond + 10'000);
}

TEST(Story, CgroupsOfSeveralHierarchiesAreOneStepEach) {
  Heard heard;
  tell(heard, container_trace());
  EXPECT_NE(find_step(heard, "mkdir cgroup /box in 2 hierarchies: memory, pids"), nullptr);
  EXPECT_NE(find_step(heard, "to cgroup /box in 2 hierarchies: memory, pids"), nullptr);
}

TEST(Story, EveryEventIsAStepWhenAskedFor) {
  Heard heard;
  const auto records = container_trace();
  tell(heard, records, {.every_event = true, .raw_calls = true});
  EXPECT_EQ(heard.steps.size(), records.size());
  for (const Step& step : heard.steps)
    EXPECT_FALSE(step.raw.empty());
}

TEST(Story, SearchingThePathIsNoFailure) {
  Heard heard;
  tell(heard, container_trace());
  const Step* step = find_step(heard, "runtime: not in 2 directories of PATH");
  ASSERT_NE(step, nullptr);
  EXPECT_EQ(step->outcome, Outcome::probe);
}

TEST(Story, AProgramThatIsNotThereIsAFailure) {
  TraceBuilder trace;
  trace.exec(kRuntime, "/bin/nothing", -ENOENT);
  trace.exit(kRuntime, 127);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(heard.steps.front().outcome, Outcome::failed);
  EXPECT_EQ(heard.steps.front().result, "ENOENT: No such file or directory");
  EXPECT_EQ(heard.summary.phases.front().failures, 1U);
}

TEST(Story, HidingWhatIsNotThereIsNoFailureButARefusedMountIs) {
  Heard heard;
  tell(heard, container_trace());
  EXPECT_EQ(find_step(heard, "mask /proc/sched_debug")->outcome, Outcome::probe);
  EXPECT_EQ(find_step(heard, "mount tmpfs on /secret")->outcome, Outcome::failed);
}

TEST(Story, AskingForSeccompIsADetail) {
  TraceBuilder trace;
  auto probe = trace.call<ev_security_seccomp>(kRuntime, -EFAULT);
  probe->operation = SECCOMP_SET_MODE_FILTER;
  trace.add(probe);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(heard.steps.front().outcome, Outcome::probe);
  EXPECT_EQ(heard.steps.front().weight, Weight::detail);
}

TEST(Story, ADirectoryChangeIsAStepOnlyBeforeTheRootChanges) {
  TraceBuilder trace;
  const auto change = [&](std::string_view path) {
    auto chdir = trace.call<ev_mount_chdir>(kRuntime);
    trace.add(chdir.string(&ev_mount_chdir::path, path).string(&ev_mount_chdir::cwd, path));
  };
  change("/tmp");
  change("/newroot");
  auto chroot = trace.call<ev_mount_chroot>(kRuntime);
  trace.add(chroot.string(&ev_mount_chroot::path, "."));
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(find_step(heard, "to /tmp")->weight, Weight::detail);
  EXPECT_EQ(find_step(heard, "to /newroot")->weight, Weight::step);
}

TEST(Story, SettlingTellsWhatWaitsForMore) {
  TraceBuilder trace;
  trace.prctl(kRuntime, PR_CAPBSET_DROP, 1);
  Heard heard;
  Story story({}, heard);
  story.start(trace_start());
  story.event(trace.records().front());
  EXPECT_TRUE(heard.steps.empty());
  story.pause();
  EXPECT_EQ(heard.steps.size(), 1U);
}

TEST(Story, NothingForeignIsToldUnescaped) {
  TraceBuilder trace;
  trace.exec({.comm = "\x1b[31mred"}, "/bin/\x1b]0;title\x07\xc2\x9b\n");
  trace.mount({.comm = "a\nb"}, "\x01\x02", "/\x1b[2J", "\x03", 0);
  Heard heard;
  tell(heard, trace.records());
  for (const Step& step : heard.steps)
    for (const std::string& text : {step.actor.name, step.verb, step.what, step.result})
      for (const char c : text)
        EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == kArrow) << step.what;
}

TEST(Story, HasWordsForEveryEventAlsoWhenItFailed) {
  Heard heard;
  Story story({.every_event = true, .raw_calls = false}, heard);
  story.start(events::sample_start());
  std::size_t expected = 0;
  for (const events::Record& record : events::sample_records()) {
    story.event(record);
    // The summary tells it.
    if (record.as<ev_overlay_layer_check>() == nullptr) ++expected;
  }
  story.end(events::sample_end());
  EXPECT_EQ(heard.steps.size(), expected);
  for (const Step& step : heard.steps) {
    EXPECT_FALSE(step.verb.empty());
    EXPECT_FALSE(step.what.empty()) << step.verb;
  }
}

/// `count` containers, one after the other: each is one process, which clone(2) makes and which
/// ends.
std::vector<events::Record> come_and_go(std::uint32_t count) {
  TraceBuilder trace;
  for (std::uint32_t i = 0; i < count; ++i) {
    ev_namespaces own = kOwn;
    own.mnt += i;
    own.pid += i;
    const Who inside{.pid = 1000 + i, .comm = "sh", .ns_pid = 1, .parent_pid = 100};
    trace.clone({}, inside.pid, 1, own);
    auto ended = trace.call<ev_process_exit>(inside);
    ended->exit_code = static_cast<std::int32_t>(i);
    trace.add(ended);
  }
  return trace.records();
}

TEST(Story, ForgetsContainersThatEndedLongAgoAndSaysSo) {
  constexpr std::uint32_t kCount = 450;
  Heard heard;
  tell(heard, come_and_go(kCount));
  ASSERT_FALSE(heard.forgotten.empty());
  EXPECT_EQ(heard.summary.forgotten, heard.forgotten.size());
  EXPECT_EQ(heard.summary.containers.size() + heard.summary.forgotten, kCount);
  EXPECT_GE(heard.summary.containers.size(), kKept);
  EXPECT_LE(heard.summary.containers.size(), 2 * kKept);
  // The oldest went, but for the one that began with the trace; what is left is whole.
  EXPECT_EQ(heard.summary.containers[0].number, 1U);
  EXPECT_EQ(heard.summary.containers[1].number, heard.summary.forgotten + 2);
  EXPECT_EQ(heard.summary.containers.back().number, kCount);
  for (const Container& container : heard.summary.containers) {
    ASSERT_TRUE(container.ending);
    EXPECT_EQ(container.ending->code, static_cast<int>(container.number) - 1);
  }
}

TEST(Story, KeepsEveryContainerThatLives) {
  constexpr std::uint32_t kCount = 450;
  TraceBuilder trace;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    ev_namespaces own = kOwn;
    own.mnt += i;
    trace.clone({}, 1000 + i, 1, own);
  }
  Heard heard;
  tell(heard, trace.records());
  EXPECT_TRUE(heard.forgotten.empty());
  EXPECT_EQ(heard.summary.containers.size(), kCount);
}

} // namespace
} // namespace vitrine::story
