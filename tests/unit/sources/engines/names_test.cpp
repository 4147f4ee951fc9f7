// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/names.h"

#include "tests/unit/sources/engines/api_server.h"
#include "tests/unit/sources/engines/host_tree.h"
#include "userspace/sources/engines/directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace vitrine::engines {
namespace {

const std::string kSocket = "/run/engine.sock";
const std::string kOther(64, 'e');

/// Collects notes as they come.
class Listener {
public:
  explicit Listener(const HostTree& tree) : names_(Names::start(tree.root()).value()) {}

  Names& names() { return names_; }

  /// The first note from now on that fits; nothing when none came in ten seconds.
  std::optional<ContainerNote> wait_for(const std::function<bool(const ContainerNote&)>& fits) {
    pollfd ready{names_.ready_fd(), POLLIN, 0};
    for (;;) {
      for (std::size_t i = seen_; i < notes_.size(); ++i)
        if (fits(notes_[i])) {
          seen_ = i + 1;
          return notes_[i];
        }
      seen_ = notes_.size();
      if (::poll(&ready, 1, 10'000) <= 0) return std::nullopt;
      std::ranges::move(names_.take(), std::back_inserter(notes_));
    }
  }
  std::optional<ContainerNote> wait_for_id(const std::string& id) {
    return wait_for([&](const ContainerNote& note) { return note.id == id; });
  }
  std::optional<ContainerNote> wait_for_error(const std::string& words) {
    return wait_for(
        [&](const ContainerNote& note) { return note.error.find(words) != std::string::npos; });
  }
  [[nodiscard]] const std::vector<ContainerNote>& notes() const { return notes_; }

private:
  Names names_;
  std::vector<ContainerNote> notes_;
  std::size_t seen_ = 0;
};

ContainerHint asked_of(std::string id, std::string socket = kSocket) {
  ContainerHint asked = hint("docker", std::move(id));
  asked.socket = std::move(socket);
  return asked;
}

ApiServer::Answer answers(std::string response) {
  return [response](int connection, const std::string&) { send_all(connection, response); };
}

ApiServer::Answer hangs() {
  return [](int, const std::string&) {};
}

TEST(Names, TellsWhatTheFilesTell) {
  HostTree tree;
  tree.copy_fixture();
  Listener listener(tree);
  listener.names().want(hint("docker", "web"));
  const auto note = listener.wait_for_id(kWeb);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->name, "web");
  EXPECT_NE(note->time_ns, 0U);
}

TEST(Names, ANoteGrowsAndOnlyNewKnowledgeMakesOne) {
  HostTree tree;
  tree.copy_fixture();
  const std::string bundle =
      "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" + kWeb;
  Listener listener(tree);
  listener.names().want(hint("docker", "web")); // by this name only docker's own files know it
  const auto whole = listener.wait_for([&](const ContainerNote& note) {
    return std::ranges::find(note.directories, bundle) != note.directories.end();
  });
  ASSERT_TRUE(whole.has_value());
  listener.names().want(hint("", kWeb));
  listener.names().want(hint("docker", kWebDb));
  ASSERT_TRUE(listener.wait_for_id(kWebDb).has_value());
  EXPECT_LE(std::ranges::count(listener.notes(), kWeb, &ContainerNote::id), 2);
}

TEST(Names, FindsAContainerThatAppearsLater) {
  HostTree tree;
  Listener listener(tree);
  listener.names().want(hint("docker", "web"));
  listener.names().want(hint("docker", "never"));
  tree.copy_fixture();
  const auto note = listener.wait_for_id(kWeb);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->image, "shop:2");
}

TEST(Names, AContainerThatIsStartedAgainHasItsNewPid) {
  HostTree tree;
  tree.copy_fixture();
  Listener listener(tree);
  listener.names().want(hint("docker", kWeb));
  ASSERT_TRUE(listener.wait_for([](const auto& note) { return note.init_pid == 1973; }));
  tree.move("/proc/1973", "/proc/1974");
  tree.replace("/var/lib/docker/containers/" + kWeb + "/config.v2.json", "1973", "1974");
  tree.remove("/run/docker");
  ContainerHint again = hint("docker", kWeb);
  again.directories = {"/again"}; // another hint than the one just looked at
  listener.names().want(again);
  const auto note = listener.wait_for([](const auto& told) { return told.init_pid == 1974; });
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->error, "");
}

TEST(Names, AsksTheSocketThatAClientSpokeTo) {
  HostTree tree;
  const ApiServer server(tree.root() + kSocket, [](int connection, const std::string& path) {
    EXPECT_EQ(path, "/containers/api-box/json");
    send_all(connection, http(inspect_json(kOther, "api-box", "alpine:3")));
  });
  Listener listener(tree);
  listener.names().want(asked_of("api-box"));
  const auto note = listener.wait_for_id(kOther);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->engine, "docker");
  EXPECT_EQ(note->name, "api-box");
  EXPECT_EQ(note->image, "alpine:3");
  EXPECT_EQ(note->init_pid, 0U); // there is no such process
  EXPECT_EQ(note->directories,
            (std::vector<std::string>{"/srv/data/overlay2/0b/diff", "/run/docker/netns/12"}));
  EXPECT_EQ(note->error, "");
}

TEST(Names, WhatTheApiTellsLeadsToTheFiles) {
  HostTree tree;
  tree.copy_fixture();
  tree.move("/var/lib/docker", "/srv/data");
  tree.remove("/proc/17022");
  tree.remove("/run/docker");
  const ApiServer server(tree.root() + kSocket, answers(http(inspect_json(kWeb, "web", "shop:2"))));
  Listener listener(tree);
  listener.names().want(asked_of("web"));
  const auto note =
      listener.wait_for([](const ContainerNote& told) { return !told.layers.empty(); });
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->id, kWeb);
}

TEST(Names, ADisagreementIsTold) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer server(tree.root() + kSocket, answers(http(inspect_json(kWeb, "web", "evil:1"))));
  Listener listener(tree);
  listener.names().want(asked_of(kWeb));
  const auto note = listener.wait_for_error("its engine's API says image \"evil:1\"");
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->image, "shop:2");
}

TEST(Names, AHangingEngineDelaysNobody) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer server(tree.root() + kSocket, hangs());
  Listener listener(tree);
  listener.names().want(asked_of("unknown-to-files"));
  listener.names().want(asked_of("web"));
  listener.names().want(hint("podman", "pod-web"));
  EXPECT_TRUE(listener.wait_for_id(kWeb).has_value());
  EXPECT_TRUE(std::ranges::count(listener.notes(), kPod, &ContainerNote::id) != 0 ||
              listener.wait_for_id(kPod).has_value());
}

TEST(Names, EndsWhileAnEngineHangs) {
  HostTree tree;
  std::atomic<bool> hanging = false;
  const ApiServer server(tree.root() + kSocket, [&](int, const std::string&) {
    hanging = true;
    hanging.notify_all();
  });
  {
    Listener listener(tree);
    listener.names().want(asked_of("box"));
    hanging.wait(false);
  }
  EXPECT_EQ(server.asked(), 1);
}

TEST(Names, SaysInTheEndWhyAnEngineToldNothing) {
  HostTree tree;
  const ApiServer server(tree.root() + kSocket, hangs());
  Listener listener(tree);
  listener.names().want(asked_of("box"));
  const auto note = listener.wait_for_id("box");
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->name, "");
  EXPECT_NE(note->error.find("Timeout"), std::string::npos) << note->error;
}

TEST(Names, AnEngineThatIsDownBreaksNothing) {
  HostTree tree;
  tree.copy_fixture();
  Listener listener(tree);
  listener.names().want(asked_of("web", "/run/nobody.sock"));
  const auto note = listener.wait_for_id(kWeb);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->error, "");
}

/// What an engine answers about a container that the files know too.
class LyingEngine : public testing::TestWithParam<std::pair<std::string, ApiServer::Answer>> {};

TEST_P(LyingEngine, IsNotBelievedAndBreaksNothing) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer server(tree.root() + kSocket, GetParam().second);
  Listener listener(tree);
  listener.names().want(asked_of(kWeb));
  const auto told = listener.wait_for_error(GetParam().first);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->id, kWeb);
  EXPECT_EQ(told->name, "web");
  EXPECT_EQ(told->image, "shop:2");
  listener.names().want(hint("docker", kWebDb));
  EXPECT_TRUE(listener.wait_for_id(kWebDb).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Names, LyingEngine,
    testing::Values(
        std::pair<std::string, ApiServer::Answer>("not valid JSON", answers(http("garbage"))),
        std::pair<std::string, ApiServer::Answer>("nested deeper",
                                                  answers(http(std::string(100'000, '[')))),
        std::pair<std::string, ApiServer::Answer>("it told about " + kOther,
                                                  answers(http(inspect_json(kOther, "x", "y")))),
        std::pair<std::string, ApiServer::Answer>("has no container's id",
                                                  answers(http(R"({"Id": ["a"], "Name": {}})"))),
        std::pair<std::string, ApiServer::Answer>(
            "larger than", answers("HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n"))));

TEST(Names, AnEndlessAnswerBreaksNothing) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer server(tree.root() + kSocket,
                         answers("HTTP/1.1 200 OK\r\n\r\n" + std::string(8 * kFileLimit, ' ')));
  Listener listener(tree);
  listener.names().want(asked_of(kWeb));
  const auto note = listener.wait_for_id(kWeb);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->name, "web");
  listener.names().want(hint("docker", kWebDb));
  EXPECT_TRUE(listener.wait_for_id(kWebDb).has_value());
}

/// An answer that is none, of an engine whose files tell all: it is as good as silent.
class SilentEngine : public testing::TestWithParam<std::string> {};

TEST_P(SilentEngine, IsNoErrorWhenTheFilesTellAll) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer server(tree.root() + kSocket, [](int connection, const std::string&) {
    send_all(connection, GetParam());
    ::shutdown(connection, SHUT_RDWR);
  });
  Listener listener(tree);
  listener.names().want(asked_of(kWeb));
  const auto note = listener.wait_for_id(kWeb);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->name, "web");
  EXPECT_EQ(note->error, "");
}

INSTANTIATE_TEST_SUITE_P(Names, SilentEngine,
                         testing::Values("", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
                                         "SSH-2.0-OpenSSH\r\n", http("{}", 404), http("no", 500)));

TEST(Names, NeverAsksWhereTheFilesTellAll) {
  HostTree tree;
  tree.copy_fixture();
  const ApiServer docker(tree.root() + "/run/docker.sock", answers(http("{}")));
  Listener listener(tree);
  listener.names().want(hint("docker", kWeb));
  ASSERT_TRUE(listener.wait_for_id(kWeb).has_value());
  listener.names().want(hint("containerd", "ctr-web")); // whose image no file tells
  ASSERT_TRUE(listener.wait_for_id("ctr-web").has_value());
  EXPECT_EQ(docker.asked(), 0);
}

TEST(Names, AsksTheDaemonThatRunsWhenTheFilesTellNothing) {
  HostTree tree;
  tree.write("/proc/7/comm", "dockerd\n");
  tree.write("/proc/7/cmdline", "dockerd");
  const ApiServer docker(tree.root() + "/run/docker.sock",
                         answers(http(inspect_json(kOther, "api-box", "alpine:3"))));
  Listener listener(tree);
  listener.names().want(hint("docker", "api-box"));
  EXPECT_TRUE(listener.wait_for_id(kOther).has_value());
}

TEST(Names, StartsNoDaemonThatDoesNotRun) {
  HostTree tree;
  const ApiServer activated(tree.root() + "/run/docker.sock", hangs());
  tree.write("/var/lib/containers/storage/overlay-containers/containers.json", "[");
  Listener listener(tree);
  listener.names().want(hint("docker", "box"));
  listener.wait_for_id("box"); // it gives up, and says that a file is broken
  EXPECT_EQ(activated.asked(), 0);
}

TEST(Names, OfTooManyHintsTheRestIsRefused) {
  HostTree tree;
  tree.copy_fixture();
  Listener listener(tree);
  for (int i = 0; i < 5000; ++i)
    listener.names().want(hint("docker", fmt::format("{:064x}", i)));
  EXPECT_TRUE(listener.wait_for_error("too many containers").has_value());
  EXPECT_LE(listener.notes().size(), 2048U);
}

TEST(Names, LeavesNoDescriptorToCommands) {
  const HostTree tree;
  const auto names = Names::start(tree.root());
  ASSERT_TRUE(names.has_value());
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone);
    const bool ours = target.starts_with("socket:") || target.starts_with("anon_inode:");
    EXPECT_TRUE(!ours || (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) << target;
  }
}

} // namespace
} // namespace vitrine::engines
