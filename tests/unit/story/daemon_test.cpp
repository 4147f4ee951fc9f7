// SPDX-License-Identifier: Apache-2.0
// Containers that daemons make, as dockerd, containerd, its shim and runc do it.
#include "userspace/story/story.h"

#include "tests/unit/story/heard.h"

#include <gtest/gtest.h>

#include <linux/sched.h>

namespace vitrine::story {
namespace {

constexpr ev_namespaces kOther = {3001, 3002, 3003, 3004, 3005, 1006, 1007, 1008};
const Who kClient{.pid = 100, .comm = "docker"};
const Who kDockerd{.pid = 900, .comm = "dockerd", .daemon = true};
const Who kContainerd{.pid = 950, .comm = "containerd", .daemon = true};

Who daemons_child(std::uint32_t pid, const char* comm, std::uint32_t parent,
                  std::uint32_t inside = 0) {
  return {.pid = pid, .comm = comm, .ns_pid = inside, .parent_pid = parent, .daemon = true};
}

void plain_clone(TraceBuilder& trace, const Who& who, std::uint32_t pid) {
  trace.clone(who, pid, pid, kHost);
}

void unshare(TraceBuilder& trace, const Who& who, const ev_namespaces& after,
             std::uint32_t tid = 0) {
  auto record = trace.call<ev_namespace_unshare>(who);
  if (tid != 0) record.header().tid = tid;
  record->before = kHost;
  record->after = after;
  trace.add(record);
}

void exec_with(TraceBuilder& trace, const Who& who, std::string_view file, std::string_view argv) {
  auto exec = trace.call<ev_process_exec>(who);
  trace.add(exec.string(&ev_process_exec::filename, file).string(&ev_process_exec::argv, argv));
}

/// What containerd and the rest do for one container: pids from `first` on, its init first + 6.
/// With an id the command lines tell it, as they do.
void make_container(TraceBuilder& trace, std::uint32_t first, const ev_namespaces& own,
                    const std::string& id = {}) {
  const Who start = daemons_child(first, "containerd-shim", 950);
  const Who shim = daemons_child(first + 1, "containerd-shim", 1);
  const Who runc = daemons_child(first + 2, "runc", first + 1);
  const Who stage0 = daemons_child(first + 4, "runc:[0:PARENT]", first + 2);
  const Who stage1 = daemons_child(first + 5, "runc:[1:CHILD]", first + 2);
  const Who init = daemons_child(first + 6, "runc:[2:INIT]", first + 2, 1);
  const Who hook = daemons_child(first + 7, "exe", first + 2);
  using namespace std::string_literals;
  plain_clone(trace, kContainerd, first);
  if (!id.empty())
    exec_with(trace, start, "/usr/bin/containerd-shim-runc-v2",
              "containerd-shim-runc-v2\0-namespace\0moby\0-id\0"s + id + "\0start\0"s);
  plain_clone(trace, start, first + 1);
  trace.exit(start);
  plain_clone(trace, shim, first + 2);
  if (id.empty())
    trace.exec(runc, "/usr/sbin/runc");
  else
    exec_with(trace, runc, "/usr/sbin/runc", "runc\0create\0--bundle\0/b\0"s + id + "\0"s);
  plain_clone(trace, runc, first + 4);
  plain_clone(trace, stage0, first + 5);
  unshare(trace, stage1, own);
  trace.clone(stage1, first + 6, 1, own);
  trace.exit(stage1);
  trace.exit(stage0);
  plain_clone(trace, runc, first + 7);
  trace.exec(hook, "/proc/self/exe");
  const ev_namespaces visited = {kHost.mnt, kHost.uts,    kHost.ipc,  own.net,
                                 kHost.pid, kHost.cgroup, kHost.time, kHost.user};
  trace.setns(hook, kHost, visited);
  trace.exit(hook);
  trace.mount(init, "proc", "/merged/proc", "proc", 0);
  auto pivot = trace.call<ev_mount_pivot_root>(init);
  trace.add(pivot.string(&ev_mount_pivot_root::new_root, "/merged"));
  trace.prctl(init, PR_SET_NO_NEW_PRIVS, 1);
  trace.exit(runc);
  trace.exec(daemons_child(first + 6, "true", first + 1, 1), "/bin/true");
}

void end_container(TraceBuilder& trace, std::uint32_t first) {
  trace.exit(daemons_child(first + 6, "true", first + 1, 1));
}

TEST(Daemons, OneDockerRunIsOneContainer) {
  TraceBuilder trace;
  trace.exec(kClient, "/usr/bin/docker");
  unshare(trace, kDockerd,
          {kHost.mnt, kHost.uts, kHost.ipc, 2004, kHost.pid, kHost.cgroup, kHost.time, kHost.user},
          901);
  unshare(trace, kDockerd,
          {2999, kHost.uts, kHost.ipc, kHost.net, kHost.pid, kHost.cgroup, kHost.time, kHost.user},
          902);
  make_container(trace, 200, kOwn);
  end_container(trace, 200);
  trace.exit(kClient);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 1U);
  const Container& container = heard.summary.containers.front();
  EXPECT_EQ(container.init.pid, 206U);
  EXPECT_EQ(container.executable, "/bin/true");
  EXPECT_EQ(container.namespaces.mnt, kOwn.mnt);
  EXPECT_TRUE(container.ending.has_value());
  EXPECT_FALSE(container.entered);
}

TEST(Daemons, AnArchiverOfTheEngineIsNoContainer) {
  TraceBuilder trace;
  const Who untar = daemons_child(800, "docker-untar", 900);
  plain_clone(trace, kDockerd, 800);
  auto exec = trace.call<ev_process_exec>(untar);
  trace.add(exec.string(&ev_process_exec::filename, "/proc/self/exe")
                .string(&ev_process_exec::argv, std::string_view("docker-untar\0/\0", 15)));
  unshare(trace, untar, kOther);
  auto pivot = trace.call<ev_mount_pivot_root>(untar);
  trace.add(pivot.string(&ev_mount_pivot_root::new_root, "/x"));
  trace.exit(untar);
  make_container(trace, 200, kOwn);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 1U);
  EXPECT_EQ(heard.summary.containers.front().init.pid, 206U);
}

TEST(Daemons, StandBesideTheCommandNotBelowIt) {
  TraceBuilder trace;
  trace.exec(kClient, "/usr/bin/docker");
  plain_clone(trace, kContainerd, 200);
  trace.exec(daemons_child(200, "containerd-shim", 950), "/usr/bin/containerd-shim-runc-v2");
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(heard.steps[0].actor.depth, 0U);
  EXPECT_EQ(heard.steps[1].actor.depth, 1U);
  EXPECT_EQ(heard.steps[2].actor.depth, 2U);
}

const std::string kHen(64, 'a');
const std::string kFox(64, 'f');

TEST(Daemons, TwoContainersAtOnceAreToldApart) {
  TraceBuilder trace;
  plain_clone(trace, kClient, 110);
  make_container(trace, 200, kOwn, kHen);
  make_container(trace, 300, kOther, kFox);
  trace.request(kClient, 7, "POST /containers/x/wait HTTP/1.1\r\n\r\n");
  trace.mount(kDockerd, "overlay", "/somewhere", "overlay", 0);
  end_container(trace, 300);
  end_container(trace, 200);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[0].init.pid, 206U);
  EXPECT_EQ(heard.summary.containers[1].init.pid, 306U);
  EXPECT_TRUE(heard.summary.containers[0].ending && heard.summary.containers[1].ending);
  for (const Step& step : heard.steps) {
    if (step.actor.pid >= 300 && step.actor.pid <= 307) {
      EXPECT_EQ(step.container, 2U) << line_of(step);
    }
  }
  // What serves both belongs to neither.
  EXPECT_EQ(find_step(heard, "/containers/x/wait")->container, 0U);
  EXPECT_EQ(find_step(heard, "overlay on /somewhere")->container, 0U);
}

/// The records of both, by turns.
std::vector<events::Record> at_once(const TraceBuilder& one, const TraceBuilder& other) {
  std::vector<events::Record> records;
  std::ranges::merge(
      one.records(), other.records(), std::back_inserter(records), {},
      [](const events::Record& record) { return record.header().time_ns; },
      [](const events::Record& record) { return record.header().time_ns; });
  return records;
}

std::vector<Phase> phases_of_container(const Heard& heard, unsigned number) {
  std::vector<Phase> phases;
  for (const PhaseSpan& span : heard.summary.phases)
    if (span.container == number) phases.push_back(span.phase);
  return phases;
}

TEST(Daemons, TwoContainersStepByStepTogetherAreToldApart) {
  TraceBuilder hen;
  make_container(hen, 200, kOwn, kHen);
  end_container(hen, 200);
  TraceBuilder fox;
  make_container(fox, 300, kOther, kFox);
  end_container(fox, 300);
  Heard heard;
  tell(heard, at_once(hen, fox));
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[0].note.id, kHen);
  EXPECT_EQ(heard.summary.containers[1].note.id, kFox);
  for (const Step& step : heard.steps) {
    const unsigned number = step.actor.pid == 950 ? 0 : step.actor.pid < 300 ? 1 : 2;
    EXPECT_EQ(step.container, number) << step.actor.pid << " " << line_of(step);
  }
  EXPECT_EQ(phases_of_container(heard, 1), phases_of_container(heard, 2));
  EXPECT_EQ(heard.names[2], kFox.substr(0, 12));
}

TEST(Daemons, WhatAClientAsksForIsToldOfTheContainerThatItNames) {
  const auto answer = [](const std::string& id) {
    return "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"" + id + "\"}";
  };
  TraceBuilder trace;
  for (const std::uint32_t socket : {7U, 8U}) {
    auto connect = trace.call<ev_network_connect>(kClient);
    connect->socket = socket;
    trace.add(connect.string(&ev_network_connect::path, "/run/docker.sock")
                  .string(&ev_network_connect::peer_comm, "dockerd"));
    trace.request(kClient, socket, "POST /v1.41/containers/create HTTP/1.1\r\n\r\n");
  }
  trace.response(kDockerd, 7, answer(kHen));
  trace.response(kDockerd, 8, answer(kFox));
  trace.mount(kDockerd, "overlay", "/somewhere", "overlay", 0);
  trace.request(kClient, 7, "POST /containers/" + kHen + "/start HTTP/1.1\r\n\r\n");
  trace.request(kClient, 8, "POST /containers/" + kFox + "/start HTTP/1.1\r\n\r\n");
  make_container(trace, 300, kOther, kFox);
  make_container(trace, 200, kOwn, kHen);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_EQ(find_step(heard, kHen.substr(0, 12) + "/start")->container, 1U);
  EXPECT_EQ(find_step(heard, kFox.substr(0, 12) + "/start")->container, 2U);
  EXPECT_EQ(find_step(heard, "overlay on /somewhere")->container, 0U);
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[0].init.pid, 206U);
  EXPECT_EQ(heard.summary.containers[1].init.pid, 306U);
}

TEST(Daemons, TwoContainersWithoutIdsAreToldApartOnceThereAreTwo) {
  TraceBuilder trace;
  plain_clone(trace, kClient, 110);
  make_container(trace, 200, kOwn);
  make_container(trace, 300, kOther);
  trace.request(kClient, 7, "POST /containers/x/wait HTTP/1.1\r\n\r\n");
  trace.mount(kDockerd, "overlay", "/somewhere", "overlay", 0);
  end_container(trace, 300);
  end_container(trace, 200);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  EXPECT_EQ(heard.summary.containers[0].init.pid, 206U);
  EXPECT_EQ(heard.summary.containers[1].init.pid, 306U);
  EXPECT_TRUE(heard.summary.containers[0].ending && heard.summary.containers[1].ending);
  const auto second = std::ranges::find(heard.steps, 305U, [](const Step& step) {
    return step.actor.pid; // who unshares: before, nobody can know of a second one
  });
  for (auto step = heard.steps.begin(); step != heard.steps.end(); ++step) {
    if (step->actor.pid < 300 || step->actor.pid > 307) continue;
    EXPECT_EQ(step->container, step < second ? 0U : 2U) << line_of(*step);
  }
  // What serves both belongs to neither.
  EXPECT_EQ(find_step(heard, "/containers/x/wait")->container, 0U);
  EXPECT_EQ(find_step(heard, "overlay on /somewhere")->container, 0U);
}

TEST(Daemons, AProgramStartedInAContainerIsAnExecNotAContainer) {
  TraceBuilder trace;
  make_container(trace, 200, kOwn);
  const Who runc = daemons_child(400, "runc", 201);
  const Who init = daemons_child(401, "runc:[2:INIT]", 400, 7);
  plain_clone(trace, daemons_child(201, "containerd-shim", 1), 400);
  plain_clone(trace, runc, 401);
  trace.setns(init, kHost, kOwn);
  trace.prctl(init, PR_SET_NO_NEW_PRIVS, 1);
  trace.exec(daemons_child(401, "ls", 201, 7), "/bin/ls");
  trace.exit(daemons_child(401, "ls", 201, 7), 2);
  end_container(trace, 200);
  Heard heard;
  tell(heard, trace.records());
  ASSERT_EQ(heard.summary.containers.size(), 2U);
  const Container& exec = heard.summary.containers[1];
  EXPECT_TRUE(exec.entered);
  EXPECT_EQ(exec.entered_container, 1U);
  EXPECT_EQ(exec.executable, "/bin/ls");
  EXPECT_EQ(exec.ending->code, 2);
  EXPECT_EQ(container_label(exec), "exec in container 1");
  EXPECT_EQ(heard.names[2], "exec in container 1");
  EXPECT_FALSE(heard.summary.containers[0].entered);
  EXPECT_EQ(heard.summary.containers[0].executable, "/bin/true");
}

TEST(Daemons, AnExecHasTheNameOfItsContainer) {
  TraceBuilder trace;
  const Who init = daemons_child(401, "runc:[2:INIT]", 400, 7);
  trace.setns(init, kHost, kOwn);
  trace.attach(init, 401, "/docker/" + glass_note().id);
  trace.exec(daemons_child(401, "ls", 400, 7), "/bin/ls");
  Heard heard;
  Story story({}, heard);
  story.start(trace_start());
  for (const events::Record& record : trace.records())
    story.event(record);
  story.container(glass_note());
  story.end(trace_end(trace.records()));
  ASSERT_EQ(heard.summary.containers.size(), 1U);
  EXPECT_EQ(heard.names[1], "exec in glass");
}

TEST(Daemons, AVisitToTheNetworkAloneIsNoExec) {
  TraceBuilder trace;
  ev_namespaces after = kHost;
  after.net = 2004;
  trace.setns(kDockerd, kHost, after);
  Heard heard;
  tell(heard, trace.records());
  EXPECT_TRUE(heard.summary.containers.empty());
}

events::StreamStart attached_start() {
  events::StreamStart start = trace_start();
  start.scope = events::Scope::container;
  start.command = {"glass"};
  start.target_pid = 206;
  const auto add = [&](std::uint32_t pid, std::uint32_t parent, std::uint32_t inside,
                       const ev_namespaces& namespaces, std::uint32_t followed) {
    events::EarlierProcess process;
    process.pid = pid;
    process.start_ns = pid;
    process.parent_pid = parent;
    process.ns_pid = inside;
    process.followed = followed;
    process.comm = "sh";
    process.argv = {"sh"};
    process.namespaces = namespaces;
    start.processes.push_back(process);
  };
  add(201, 1, 201, kHost, 0);
  add(206, 201, 1, kOwn, VITRINE_FOLLOWED_TARGET);
  add(207, 206, 8, kOwn, VITRINE_FOLLOWED_TARGET);
  return start;
}

TEST(Daemons, AContainerThatRanAlreadyIsThereFromTheStart) {
  TraceBuilder trace;
  trace.clone({206, "sh", 1, 201}, 208, 9, kOwn, kOwn);
  trace.exec({208, "ls", 9, 206}, "/bin/ls");
  trace.exit({206, "sh", 1, 201}, 5);
  Heard heard;
  Story story({}, heard);
  story.start(attached_start());
  for (const events::Record& record : trace.records())
    story.event(record);
  story.end(trace_end(trace.records()));
  ASSERT_EQ(heard.summary.containers.size(), 1U);
  const Container& container = heard.summary.containers.front();
  EXPECT_TRUE(container.earlier);
  EXPECT_EQ(container.init.pid, 206U);
  EXPECT_EQ(container.ending->code, 5);
  EXPECT_EQ(find_step(heard, "/bin/ls")->container, 1U);
}

} // namespace
} // namespace vitrine::story
