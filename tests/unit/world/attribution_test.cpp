// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/attribution.h"

#include "tests/unit/events/record_builder.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <linux/sched.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <ostream>
#include <random>

namespace vitrine::world {
namespace {

using events::Record;
using events::RecordBuilder;
using Words = std::vector<std::string_view>;

const std::string kId = "b0f3c52b8ef62c60fb0d4e7e225c198f641525d981642017e9353c5c9dc3e664";
const std::string kOther = "0d3138bded3df5ddd6bcd47a173abd2841fa260ee239ffe0b4ef89e3db8cee77";

struct Who {
  std::uint32_t pid = 0;
  std::uint16_t followed = VITRINE_FOLLOWED_TARGET;
  std::uint32_t parent = 1;
};
constexpr Who kClient{100};
constexpr Who kDockerd{10, VITRINE_FOLLOWED_DAEMON};
constexpr Who kContainerd{11, VITRINE_FOLLOWED_DAEMON, 10};
constexpr Who child(std::uint32_t pid, const Who& parent) {
  return {pid, parent.followed, parent.pid};
}

/// What was said of a record.
struct Said {
  std::string container; ///< id
  bool guessed = false;
  bool shown = true;
  friend bool operator==(const Said&, const Said&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Said& said) {
    return out << (said.shown ? "" : "hidden ") << (said.guessed ? "guessed " : "")
               << (said.container.empty() ? "nobody's" : said.container.substr(0, 4));
  }
};
Said shown(std::string container = {}) {
  return {std::move(container), false, true};
}
Said guessed(std::string container = {}) {
  return {std::move(container), true, true};
}
Said hidden(std::string container = {}) {
  return {std::move(container), false, false};
}

/// A record, and what must be said of it.
struct Event {
  Record record;
  Said said;
};
using Events = std::vector<Event>;

void add(Events& events, const Events& more) {
  events.insert(events.end(), more.begin(), more.end());
}

template<class T>
RecordBuilder<T> by(const Who& who, std::int64_t result = 0) {
  RecordBuilder<T> record;
  record->header.pid = record->header.tid = who.pid;
  record->header.start_ns = who.pid;
  record->header.parent_pid = who.parent;
  record->header.followed = who.followed;
  record->header.result = result;
  return record;
}

Record exec(const Who& who, const Words& words) {
  std::string argv;
  for (const std::string_view word : words)
    argv.append(word).append(1, '\0');
  return by<ev_process_exec>(who).string(&ev_process_exec::argv, argv).record();
}
Record clone(const Who& who, const Who& born, std::uint64_t flags = 0) {
  auto record = by<ev_process_clone>(who, born.pid);
  record->flags = flags;
  record->child_pid = born.pid;
  record->child_start_ns = born.pid;
  return record.record();
}
Record exit(const Who& who, std::uint64_t time_ns = 0) {
  auto record = by<ev_process_exit>(who);
  record->header.time_ns = time_ns;
  return record.record();
}
Record mount(const Who& who, std::string_view source, std::string_view target,
             std::string_view layer = {}) {
  auto record = by<ev_mount_mount>(who);
  record.string(&ev_mount_mount::source, source).string(&ev_mount_mount::target, target);
  if (!layer.empty())
    record.string(&ev_mount_mount::mountpoint, target)
        .string(&ev_mount_mount::overlay_upper, std::string(layer) + "/diff")
        .string(&ev_mount_mount::overlay_work, std::string(layer) + "/work");
  return record.record();
}
Record umount(const Who& who, std::string_view target, std::int64_t result = 0) {
  return by<ev_mount_umount2>(who, result).string(&ev_mount_umount2::target, target).record();
}
Record chdir(const Who& who, std::string_view path) {
  return by<ev_mount_chdir>(who).string(&ev_mount_chdir::path, path).record();
}
Record pivot_root(const Who& who) {
  return by<ev_mount_pivot_root>(who).string(&ev_mount_pivot_root::new_root, ".").record();
}
Record setns(const Who& who) {
  return by<ev_namespace_setns>(who).record();
}
Record attach(const Who& who, std::uint32_t pid, std::string_view path) {
  auto record = by<ev_cgroup_attach>(who);
  record->target_pid = pid;
  return record.string(&ev_cgroup_attach::path, path).record();
}
Record connect(const Who& who, std::uint32_t socket, const Who& peer, std::string_view comm) {
  auto record = by<ev_network_connect>(who);
  record->socket = socket;
  record->peer_pid = peer.pid;
  return record.string(&ev_network_connect::peer_comm, comm).record();
}
Record request(const Who& who, std::uint32_t socket, const std::string& line) {
  auto record = by<ev_network_request>(who, 90);
  record->socket = socket;
  return record.string(&ev_network_request::text, line + " HTTP/1.1\r\nHost: x\r\n\r\n").record();
}
Record response(const Who& who, std::uint32_t socket, const std::string& status,
                const std::string& body = {}) {
  auto record = by<ev_network_response>(who, 90);
  record->socket = socket;
  return record
      .string(&ev_network_response::text, "HTTP/1.1 " + status + "\r\nServer: x\r\n\r\n" + body)
      .record();
}

events::EarlierProcess earlier(std::uint32_t pid, std::uint32_t parent,
                               std::vector<std::string> argv) {
  events::EarlierProcess process;
  process.pid = pid;
  process.start_ns = pid;
  process.parent_pid = parent;
  process.followed = VITRINE_FOLLOWED_DAEMON;
  process.argv = std::move(argv);
  return process;
}

events::StreamStart daemons() {
  events::StreamStart start;
  start.processes = {earlier(10, 1, {"dockerd"}),
                     earlier(11, 10, {"containerd", "--config", "/c"})};
  return start;
}

Said say(Attribution& attribution, const Record& record) {
  const events::Belonging belonging = attribution.of(record);
  return {belonging.container != nullptr ? belonging.container->id : std::string(),
          belonging.guessed, belonging.shown};
}

void expect(Attribution& attribution, const Events& events) {
  for (std::size_t at = 0; at < events.size(); ++at)
    EXPECT_EQ(say(attribution, events[at].record), events[at].said)
        << "event " << at << ", " << events[at].record.schema().full_name;
}

/// A container of dockerd as it was captured: `docker run --rm`, dockerd 20.10, containerd 1.6.
struct Run {
  std::string id;
  Who client; ///< another's has nobody who is traced: pid 0
  std::uint32_t socket = 0;
  std::uint32_t pids = 0; ///< of its processes: this one and those after it
  std::string layer;

  [[nodiscard]] std::string task() const {
    return "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" + id;
  }
  [[nodiscard]] std::string layer_path() const { return "/var/lib/docker/overlay2/" + layer; }
  [[nodiscard]] std::string path() const { return "/containers/" + id; }
  [[nodiscard]] Who at(std::uint32_t number, const Who& parent) const {
    return child(pids + number, parent);
  }
  [[nodiscard]] Who shim() const { return at(1, kContainerd); }
  [[nodiscard]] Who runc() const { return at(2, shim()); }
  [[nodiscard]] Who init() const { return at(3, shim()); }
};
const Run kRun{kId, kClient, 1000, 200, "20966bbe8b0b"};
const Run kSecond{kOther, {101}, 2000, 300, "7a1c5e09dd31"};

/// The client's conversation up to the container's id. `in` is what is said of dockerd's work that
/// names nobody, while this is the only open request.
Events create(const Run& run, const Said& in) {
  return {
      {exec(run.client, {"docker", "run", "--rm", "--name", "web", "alpine"}), shown()},
      {connect(run.client, run.socket, kDockerd, "dockerd"), shown()},
      {setns(kDockerd), hidden()},
      {request(run.client, run.socket, "HEAD /_ping"), shown()},
      {response(kDockerd, run.socket, "200 OK"), shown()},
      {request(run.client, run.socket, "POST /v1.41/containers/create?name=web"), shown()},
      {mount(kDockerd, "overlay", run.layer_path() + "-init/merged", run.layer_path() + "-init"),
       in},
      {umount(kDockerd, run.layer_path() + "-init/merged"), in},
      {response(kDockerd, run.socket, "201 Created", R"({"Id":")" + run.id + R"(","Warnings":[]})"),
       shown(run.id)},
      {request(run.client, run.socket + 1, "POST /v1.41" + run.path() + "/attach?stream=1"),
       shown(run.id)},
      {response(kDockerd, run.socket + 1, "101 UPGRADED"), shown(run.id)},
      {request(run.client, run.socket, "POST /v1.41" + run.path() + "/wait?condition=removed"),
       shown(run.id)},
      {response(kDockerd, run.socket, "200 OK"), shown(run.id)},
      {request(run.client, run.socket + 2, "POST /v1.41" + run.path() + "/start"), shown(run.id)},
  };
}

/// What the daemons do for a container that starts. `named`: of what names it; `in`: of the rest.
Events start(const Run& run, const Said& named, const Said& in) {
  const Who starter = run.at(0, kContainerd);
  const Who setkey = run.at(4, run.runc());
  return {
      {mount(kDockerd, "overlay", run.layer_path() + "/merged", run.layer_path()), in},
      {clone(kContainerd, starter), in},
      {chdir(starter, run.task()), named},
      {exec(starter, {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-address",
                      "/run/c.sock", "-id", run.id, "start"}),
       named},
      {clone(starter, run.shim()), named},
      {exec(run.shim(), {"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", run.id}),
       named},
      {exit(starter), named},
      {connect(kContainerd, run.socket + 9, run.shim(), "containerd-shim"), named},
      {clone(run.shim(), run.runc(), CLONE_VM | CLONE_VFORK), named},
      {exec(run.runc(), {"runc", "--root", "/run/docker/runtime-runc/moby", "create", "--bundle",
                         run.task(), "--pid-file", run.task() + "/init.pid", run.id}),
       named},
      {clone(run.runc(), run.init()), named},
      {exec(run.init(), {"runc", "init"}), named},
      {attach(run.runc(), run.init().pid, "/docker/" + run.id), named},
      {mount(run.init(), run.layer_path() + "/merged", run.layer_path() + "/merged",
             run.layer_path()),
       named},
      {clone(run.runc(), setkey), named},
      {exec(setkey, {"libnetwork-setkey", "-exec-root=/run/docker", run.id, "40bc8172846c"}),
       named},
      {mount(kDockerd, "/proc/" + std::to_string(run.init().pid) + "/ns/net",
             "/run/docker/netns/" + run.layer),
       named},
      {exit(setkey), named},
      {setns(kDockerd), in},
      {pivot_root(run.init()), named},
      {exit(run.runc()), named},
  };
}

Events end(const Run& run, const Said& named) {
  const Who cleaner = run.at(5, kContainerd);
  return {
      {exec(run.init(), {"sh", "-c", "echo hi"}), named},
      {exit(run.init()), named},
      {exit(run.shim()), named},
      {clone(kContainerd, cleaner), named.shown ? guessed(run.id) : hidden()},
      {chdir(cleaner, run.task()), named},
      {exec(cleaner, {"containerd-shim-runc-v2", "-namespace", "moby", "-id", run.id, "delete"}),
       named},
      {umount(kContainerd, run.task() + "/rootfs", -EINVAL), named},
      {exit(cleaner), named},
      {umount(kDockerd, "/run/docker/netns/" + run.layer), named},
      {umount(kDockerd, "/var/lib/docker/containers/" + run.id + "/mounts/shm", -ENOENT), named},
      {umount(kDockerd, run.layer_path() + "/merged"), named},
  };
}

Events started(const Run& run) {
  return {{response(kDockerd, run.socket + 2, "204 No Content"), shown(run.id)}};
}

TEST(Attribution, DockerRunIsOneStoryAcrossItsDaemons) {
  Attribution attribution;
  attribution.start(daemons());
  Events events = create(kRun, guessed());
  add(events, start(kRun, shown(kId), guessed(kId)));
  add(events, started(kRun));
  add(events, {{setns(kDockerd), hidden()}});
  add(events, end(kRun, shown(kId)));
  add(events, {{setns(kDockerd), guessed(kId)}, // the container has ended: the wait is open again
               {exit(kClient), shown()},
               {setns(kDockerd), hidden()}});
  expect(attribution, events);
  EXPECT_EQ(attribution.hidden()[VITRINE_EVENT_namespace_setns], 3U);
  const auto belonging = attribution.of(exit(kRun.init()));
  ASSERT_NE(belonging.container, nullptr) << "an event that comes late";
  EXPECT_EQ(belonging.container->name, "web") << "as the client called it";
  EXPECT_EQ(belonging.container->engine, "docker");
}

TEST(Attribution, WorkForAnotherClientIsHidden) {
  Attribution attribution;
  attribution.start(daemons());
  expect(attribution, create(kRun, guessed()));
  Events other = {
      {response(kDockerd, 7777, "201 Created", R"({"Id":")" + kOther + R"("})"), hidden()}};
  // What names nobody cannot be told from the work for the open request: it is a guess, and says
  // so.
  add(other, start(kSecond, hidden(kOther), guessed(kId)));
  expect(attribution, other);
  expect(attribution, start(kRun, shown(kId), guessed(kId)));
  expect(attribution, started(kRun));
  expect(attribution, end(kSecond, hidden(kOther)));
  expect(attribution, end(kRun, shown(kId)));
}

TEST(Attribution, TwoRunsAtOnceAreToldApart) {
  Attribution attribution;
  attribution.start(daemons());
  expect(attribution, create(kRun, guessed()));
  Events second = create(kSecond, guessed());
  second[2].said = guessed(kId); // the first one's start is open
  expect(attribution, second);
  Events one = start(kRun, shown(kId), guessed());
  const Events two = start(kSecond, shown(kOther), guessed());
  Events mixed;
  for (std::size_t at = 0; at < one.size(); ++at)
    add(mixed, {one[at], two[at]});
  expect(attribution, mixed);
  expect(attribution, started(kRun));
  expect(attribution, {{setns(kDockerd), guessed(kOther)}});
  expect(attribution, started(kSecond));
  Events ends = end(kRun, shown(kId));
  expect(attribution, ends);
  expect(attribution, {{exit(kClient), shown()}});
  expect(attribution, end(kSecond, shown(kOther)));
}

TEST(Attribution, WhatOthersDoMeanwhileChangesNothing) {
  Events ours = create(kRun, guessed());
  add(ours, start(kRun, shown(kId), guessed(kId)));
  add(ours, started(kRun));
  add(ours, end(kRun, shown(kId)));
  Events others = start(kSecond, hidden(kOther), hidden());
  add(others, end(kSecond, hidden(kOther)));
  others.push_back({response(kDockerd, 7777, "204 No Content"), hidden()});
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    Attribution attribution;
    attribution.start(daemons());
    std::shuffle(others.begin(), others.end(), random);
    std::vector<bool> is_ours(ours.size(), true);
    is_ours.resize(ours.size() + others.size(), false);
    std::shuffle(is_ours.begin(), is_ours.end(), random);
    std::size_t at = 0;
    std::size_t other = 0;
    for (const bool turn : is_ours) {
      if (!turn) {
        const Said said = say(attribution, others[other++].record);
        // Even out of order nothing of theirs is taken for ours, but as a guess.
        EXPECT_TRUE(!said.shown || said.guessed) << said << " in round " << round;
        continue;
      }
      ASSERT_EQ(say(attribution, ours[at].record), ours[at].said)
          << "event " << at << " in round " << round;
      ++at;
    }
  }
}

/// A container that ran before: its shim and its first process.
events::StreamStart running(const std::string& id) {
  events::StreamStart start = daemons();
  start.processes.push_back(earlier(51, 50, {"sleep"}));
  start.processes.push_back(
      earlier(50, 1, {"containerd-shim-runc-v2", "-namespace", "moby", "-id", id}));
  return start;
}
constexpr Who kShim{50, VITRINE_FOLLOWED_DAEMON};
constexpr Who kInit{51, VITRINE_FOLLOWED_DAEMON, 50};

TEST(Attribution, DockerExec) {
  Attribution attribution;
  attribution.start(running(kId));
  const std::string exec_id(64, 'e');
  const Who runc = child(60, kShim);
  const Who program = child(61, kShim);
  expect(attribution, {{setns(kInit), hidden(kId)},
                       {request(kClient, 5, "GET /v1.41/containers/web/json"), shown()},
                       {response(kDockerd, 5, "200 OK"), shown()}});
  events::ContainerNote note;
  note.engine = "docker";
  note.id = kId;
  note.name = "web";
  EXPECT_TRUE(attribution.learn(note)) << "it was asked for, though not ours yet";
  expect(attribution,
         {{setns(kInit), hidden(kId)},
          {request(kClient, 5, "POST /v1.41/containers/web/exec"), shown(kId)},
          {response(kDockerd, 5, "201 Created", R"({"Id":")" + exec_id + R"("})"), shown(kId)},
          {request(kClient, 5, "POST /v1.41/exec/" + exec_id + "/start"), shown(kId)},
          {clone(kShim, runc), shown(kId)},
          {exec(runc, {"runc", "exec", "--process", "/tmp/p", "--detach", kId}), shown(kId)},
          {clone(runc, program), shown(kId)},
          {exec(program, {"id"}), shown(kId)}});
}

TEST(Attribution, NameThatNobodyResolvesLeavesAGuess) {
  Attribution attribution;
  attribution.start(daemons());
  const Who shim = kRun.at(0, kContainerd);
  expect(attribution, {{request(kClient, 5, "POST /v1.41/containers/web/start"), shown()},
                       {clone(kContainerd, shim), guessed()},
                       {exec(shim, {"containerd-shim-runc-v2", "-id", kId}), guessed(kId)},
                       {response(kDockerd, 5, "204 No Content"), shown()},
                       {setns(shim), guessed(kId)}});
  // The engine answers: from now on it is certain.
  events::ContainerNote note;
  note.engine = "docker";
  note.id = kId;
  note.name = "web";
  note.image = "alpine:3";
  EXPECT_TRUE(attribution.learn(note));
  const auto belonging = attribution.of(setns(shim));
  EXPECT_TRUE(belonging.shown);
  EXPECT_FALSE(belonging.guessed);
  EXPECT_EQ(belonging.container->image, "alpine:3");
  note.id = kOther;
  note.name = "another";
  EXPECT_FALSE(attribution.learn(note));
}

TEST(Attribution, RefusedNameLeavesNoDoubt) {
  Attribution attribution;
  attribution.start(daemons());
  const Who shim = kSecond.at(0, kContainerd);
  expect(attribution, {{request(kClient, 5, "POST /v1.41/containers/nobody/start"), shown()},
                       {response(kDockerd, 5, "404 Not Found"), shown()},
                       {clone(kContainerd, shim), hidden()},
                       {exec(shim, {"containerd-shim-runc-v2", "-id", kOther}), hidden(kOther)}});
}

TEST(Attribution, WhatIsStartedIsNotWhatIsBeingCreated) {
  Attribution attribution;
  attribution.start(daemons());
  const Who shim = kSecond.at(0, kContainerd);
  auto chdir = by<ev_mount_chdir>(shim);
  chdir.string(&ev_mount_chdir::path,
               "/run/containerd/io.containerd.runtime.v2.task/moby/" + kOther);
  expect(attribution, {{request(kClient, 5, "POST /v1.41/containers/create"), shown()},
                       {clone(kContainerd, shim), guessed()},
                       {chdir.record(), hidden(kOther)},
                       {exec(shim, {"containerd-shim-runc-v2", "-id", kOther}), hidden(kOther)}});
}

TEST(Attribution, LookingAtAContainerDoesNotMakeItOurs) {
  Attribution attribution;
  attribution.start(running(kOther));
  expect(attribution,
         {{request(kClient, 5, "GET /containers/" + kOther + "/archive?path=/f"), shown(kOther)},
          {setns(kInit), shown(kOther)},
          {response(kDockerd, 5, "200 OK"), shown(kOther)},
          {setns(kInit), hidden(kOther)}});
}

TEST(Attribution, BuildsMakeContainersThatTheClientDoesNotName) {
  Attribution attribution;
  attribution.start(running(kOther));
  const Who shim = kRun.at(0, kContainerd);
  expect(attribution, {{request(kClient, 5, "POST /v1.41/build?t=x"), shown()},
                       {response(kDockerd, 5, "200 OK"), shown()},
                       {setns(kDockerd), guessed()},
                       {clone(kContainerd, shim), guessed()},
                       {exec(shim, {"containerd-shim-runc-v2", "-id", kId}), guessed(kId)},
                       {exec(child(70, kShim), {"runc", "exec", kOther}), hidden(kOther)},
                       {setns(kInit), hidden(kOther)}, // it was there before
                       {exit(kClient), shown()},
                       {setns(shim), hidden(kId)}});
}

TEST(Attribution, CtrSpeaksNoHttpButNamesItsContainer) {
  Attribution attribution;
  attribution.start(daemons());
  const Who shim = child(60, kContainerd);
  const Who other = child(70, kContainerd);
  const Who init = child(61, shim);
  expect(
      attribution,
      {{exec(kClient, {"ctr", "-n", "test", "run", "--rm", "alpine:3", "web", "sh"}), shown("web")},
       {setns(kContainerd), hidden()},
       {connect(kClient, 5, kContainerd, "containerd"), shown()},
       {setns(kContainerd), guessed("web")},
       {clone(kContainerd, shim), guessed("web")},
       {exec(shim, {"containerd-shim-runc-v2", "-namespace", "test", "-id", "web"}), shown("web")},
       {clone(kContainerd, other), guessed("web")},
       {exec(other, {"containerd-shim-runc-v2", "-namespace", "test", "-id", "db"}), hidden("db")},
       {clone(shim, init), shown("web")},
       {exec(init, {"sh"}), shown("web")},
       {exit(kClient), shown()},
       {setns(kContainerd), hidden()},
       {setns(init), shown("web")}});
}

TEST(Attribution, ClientThatNamesNobodyMayMeanAnyContainer) {
  Attribution attribution;
  attribution.start(running(kOther));
  const Who runc = child(60, kShim);
  expect(attribution, {{exec(kClient, {"crictl", "exec", "0d3138bded3df", "id"}), shown()},
                       {connect(kClient, 5, kContainerd, "containerd"), shown()},
                       {setns(kInit), hidden(kOther)},
                       {clone(kShim, runc), hidden(kOther)},
                       {exec(runc, {"runc", "exec", "--detach", kOther}), guessed(kOther)},
                       {exit(kClient), shown()},
                       {setns(kInit), hidden(kOther)}});
}

TEST(Attribution, ShortIdsAreIdsFromTwelveDigits) {
  Attribution attribution;
  attribution.start(daemons());
  const Who shim = child(60, kContainerd);
  const Who other = child(61, kContainerd);
  expect(attribution,
         {{request(kClient, 5, "POST /containers/" + kId.substr(0, 12) + "/start"), shown()},
          {request(kClient, 6, "POST /containers/" + kOther.substr(0, 4) + "/start"), shown()},
          {exec(shim, {"containerd-shim-runc-v2", "-id", kId}), shown(kId)},
          {exec(other, {"containerd-shim-runc-v2", "-id", kOther}), guessed(kOther)}});
}

TEST(Attribution, ConnectionsToOtherDaemonsOpenNothing) {
  Attribution attribution;
  attribution.start(daemons());
  expect(attribution, {{connect(kClient, 5, {12}, "nscd"), shown()},
                       {connect(kClient, 6, {1}, "systemd"), shown()},
                       {setns(kDockerd), hidden()}});
}

TEST(Attribution, PodmanIsItsContainersOwnParent) {
  Attribution attribution;
  attribution.start({});
  const Who podman = kClient;
  const Who conmon = child(200, podman);
  const Who crun = child(201, conmon);
  const Who init = child(202, crun);
  const std::string storage = "/var/lib/containers/storage/";
  const std::string userdata = storage + "overlay-containers/" + kId + "/userdata";
  const std::string layer = storage + "overlay/77";
  expect(attribution,
         {{exec(podman, {"podman", "run", "--rm", "alpine"}), shown()},
          {mount(podman, "overlay", layer + "/merged", layer), shown()},
          {mount(podman, "shm", userdata + "/shm"), shown(kId)},
          {clone(podman, conmon), shown()},
          {exec(conmon, {"conmon", "-c", kId, "-b", userdata, "-n", "web", "-r", "/usr/bin/crun"}),
           shown(kId)},
          {clone(conmon, crun), shown(kId)},
          {exec(crun, {"crun", "create", "--bundle", userdata, kId}), shown(kId)},
          {clone(crun, init), shown(kId)},
          {attach(crun, init.pid, "/machine.slice/libpod-" + kId + ".scope"), shown(kId)},
          {mount(init, layer + "/merged", layer + "/merged", layer), shown(kId)},
          {pivot_root(init), shown(kId)},
          {exec(init, {"true"}), shown(kId)},
          {exit(init), shown(kId)},
          {umount(podman, layer + "/merged"), shown(kId)}});
  EXPECT_EQ(attribution.of(setns(conmon)).container->name, "web");
}

TEST(Attribution, RuntimeByHandInTheTracedTree) {
  Attribution attribution;
  attribution.start({});
  const Who runc = child(200, kClient);
  expect(attribution, {{exec(kClient, {"sh", "-c", "runc run box"}), shown()},
                       {clone(kClient, runc), shown()},
                       {exec(runc, {"runc", "run", "--bundle", "/srv/b", "box"}), shown("box")},
                       {exit(runc), shown("box")},
                       {setns(kClient), shown()}});
}

TEST(Attribution, PodsContainersAreOursWithTheirSandbox) {
  Attribution attribution;
  events::StreamStart start = running(kId);
  start.processes[2].followed = VITRINE_FOLLOWED_TARGET; // --container
  attribution.start(start);
  const Who runc = child(60, kShim);
  expect(attribution,
         {{clone(kShim, runc), shown(kId)},
          {exec(runc, {"runc", "create", "--bundle", "/run/b", kOther}), shown(kOther)}});
}

TEST(Attribution, ProgramsOfAContainerAreNotBelieved) {
  Attribution attribution;
  attribution.start(running(kOther));
  const Who liar = child(60, kInit);
  const Events events = {
      {request(kClient, 5, "POST /containers/" + kId + "/start"), shown(kId)},
      {clone(kInit, liar), hidden(kOther)},
      {exec(liar, {"containerd-shim-runc-v2", "-namespace", "moby", "-id", kId}), hidden(kOther)},
      {exec(liar, {"runc", "create", "--bundle", "/var/lib/docker/overlay2/x", kId}),
       hidden(kOther)},
      {mount(liar, "overlay", "/var/lib/docker/overlay2/x/merged", "/var/lib/docker/overlay2/x"),
       hidden(kOther)},
      {attach(liar, liar.pid, "/docker/" + kId), hidden(kOther)},
      {chdir(liar, "/var/lib/docker/containers/" + kId), hidden(kOther)},
      {umount(kDockerd, "/var/lib/docker/overlay2/x/merged"), guessed(kId)},
  };
  expect(attribution, events);
}

TEST(Attribution, AfterPivotRootPathsAreTheContainersOwn) {
  Attribution attribution;
  attribution.start(daemons());
  const Who runc = child(60, kContainerd);
  expect(attribution,
         {{request(kClient, 5, "POST /containers/" + kId + "/start"), shown(kId)},
          {clone(kContainerd, runc), guessed(kId)},
          {exec(runc, {"runc", "create", kOther}), hidden(kOther)},
          {pivot_root(runc), hidden(kOther)},
          {mount(runc, "overlay", "/var/lib/docker/x", "/var/lib/docker/y"), hidden(kOther)},
          {umount(kDockerd, "/var/lib/docker/x"), guessed(kId)}});
}

TEST(Attribution, NotesOfLyingEnginesClaimNoHostDirectories) {
  Attribution attribution;
  attribution.start(daemons());
  events::ContainerNote note;
  note.engine = "docker";
  note.id = kOther;
  note.directories = {"/", "/var", "relative/path", "", "/var/lib/docker/overlay2/a", "//"};
  attribution.learn(note);
  note.id = "../../../etc";
  attribution.learn(note);
  expect(attribution, {{request(kClient, 5, "POST /containers/" + kId + "/start"), shown(kId)},
                       {umount(kDockerd, "/var/lib/x"), guessed(kId)},
                       {umount(kDockerd, "/var/lib/docker/overlay2/a/merged"), hidden(kOther)},
                       {umount(kDockerd, "/var/lib/docker/overlay2/a-init/merged"), hidden(kOther)},
                       {umount(kDockerd, "/var/lib/docker/overlay2/ab"), guessed(kId)}});
  note.id = kId; // both claim the directory: it tells nothing
  attribution.learn(note);
  expect(attribution, {{umount(kDockerd, "/var/lib/docker/overlay2/a/merged"), guessed(kId)}});
}

TEST(Attribution, MessagesThatAreNoneOpenNothing) {
  Attribution attribution;
  attribution.start(daemons());
  for (const char* text : {"", "\xff\xfe", "POST", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n"}) {
    auto record = by<ev_network_request>(kClient, 9);
    record->socket = 5;
    EXPECT_EQ(say(attribution, record.string(&ev_network_request::text, text).record()), shown());
    EXPECT_EQ(say(attribution, setns(kDockerd)), hidden()) << text;
  }
  // A daemon cannot open anything, nor answer what was not asked.
  expect(attribution,
         {{request(kDockerd, 6, "POST /containers/" + kOther + "/start"), hidden()},
          {response(kDockerd, 6, "201 Created", R"({"Id":")" + kOther + R"("})"), hidden()},
          {setns(kDockerd), hidden()}});
}

TEST(Attribution, FollowingAllOfTheDaemonsHidesNothing) {
  Attribution attribution;
  events::StreamStart all = running(kOther);
  all.follow_daemons = events::FollowDaemons::all;
  attribution.start(all);
  expect(attribution, {{setns(kDockerd), shown()}, {setns(kInit), shown(kOther)}});
  EXPECT_EQ(attribution.hidden(), events::EventCounts{});
}

TEST(Attribution, OldRecordingsDoNotSayWhyATaskIsFollowed) {
  Attribution attribution;
  attribution.start({});
  expect(attribution, {{setns({.pid = 100, .followed = 0}), shown()},
                       {attach({.pid = 1, .followed = 0}, 100, "/docker/" + kId), shown(kId)}});
}

TEST(Attribution, OutsiderMovesAProcessOfAnother) {
  Attribution attribution;
  attribution.start(running(kOther));
  expect(attribution,
         {{attach({.pid = 1, .followed = 0}, 51, "/docker/" + kOther), hidden(kOther)}});
}

TEST(Attribution, PidsAreUsedAgain) {
  Attribution attribution;
  attribution.start(daemons());
  expect(attribution, create(kRun, guessed()));
  expect(attribution, start(kRun, shown(kId), guessed(kId)));
  auto reborn = by<ev_mount_chdir>({kRun.init().pid, VITRINE_FOLLOWED_DAEMON, 1});
  reborn->header.start_ns = 99'999;
  EXPECT_EQ(say(attribution, reborn.record()), guessed(kId)) << "by the open start alone";
}

TEST(Attribution, BirthThatComesLateStillTells) {
  Attribution attribution;
  attribution.start(running(kOther));
  const Who late = child(60, kInit);
  Who orphan = late;
  orphan.parent = 4711;
  expect(attribution, {{setns(orphan), hidden()},
                       {clone(kInit, late), hidden(kOther)},
                       {setns(orphan), hidden(kOther)}});
}

/// More containers, processes, connections, names and directories than any table holds.
void much_work(Attribution& attribution, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t number = from; number < to; ++number) {
    const std::string id = fmt::format("{:064x}", number);
    const Who shim = child(1000 + number % 3000, kContainerd);
    const Who client{2'000'000 + number};
    const std::uint64_t time_ns = std::uint64_t{number} * 10'000'000;
    (void)attribution.of(clone(kContainerd, shim));
    (void)attribution.of(
        exec(shim, {"containerd-shim-runc-v2", "-id", id, "-bundle", "/run/b/" + id}));
    (void)attribution.of(connect(client, number, kDockerd, "dockerd"));
    (void)attribution.of(request(client, number, fmt::format("POST /containers/n{}/kill", number)));
    if (number % 3 != 0) (void)attribution.of(exit(client, time_ns));
    if (number % 5 != 0) (void)attribution.of(exit(shim, time_ns));
  }
}

TEST(Attribution, MemoryStaysFlat) {
  Attribution attribution;
  attribution.start(daemons());
  const auto in_use = [] { return ::mallinfo2().uordblks; };
  much_work(attribution, 0, 8'000);
  const std::size_t full = in_use();
  much_work(attribution, 8'000, 16'000);
  EXPECT_LT(in_use(), full + full / 4 + (std::size_t{1} << 20));
  EXPECT_LT(in_use(), std::size_t{16} << 20);
}

} // namespace
} // namespace vitrine::world
