// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/namespaces.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::world {
namespace {

using objects::Holder;
using objects::HolderKind;
using objects::NamespaceId;
using enum objects::NamespaceKind;

/// The initial namespaces of a made host: 11 cgroup, 12 ipc, 13 mnt, 14 net, 15 pid, 16 time, 17
/// user, 18 uts.
objects::NamespaceLinks initial_links() {
  objects::NamespaceLinks links;
  links.cgroup = 11;
  links.ipc = 12;
  links.mnt = 13;
  links.net = 14;
  links.pid = links.pid_for_children = 15;
  links.time = links.time_for_children = 16;
  links.user = 17;
  links.uts = 18;
  return links;
}

struct Host {
  std::vector<objects::Process> processes;
  std::vector<objects::NamespaceFacts> facts;
  std::vector<objects::Mount> mounts;

  Host() {
    for (const objects::NamespaceKind kind : objects::kNamespaceKinds) {
      fact({kind, *initial_links().of(kind)}, 3).initial = true;
      if (kind != user) facts.back().owner = NamespaceId{user, 17};
    }
    process(1, "init");
    mount(13, 1, "/");
  }

  objects::Process& process(std::uint32_t pid, const std::string& comm) {
    objects::Process& made = processes.emplace_back();
    made.id = {pid, pid * 10};
    made.comm = comm;
    made.namespaces = initial_links();
    made.namespace_files.emplace();
    return made;
  }

  objects::NamespaceFacts& fact(const NamespaceId& id, std::uint32_t references) {
    objects::NamespaceFacts& made = facts.emplace_back();
    made.id = id;
    made.references = references;
    return made;
  }

  objects::Mount& mount(std::uint32_t mount_namespace, std::uint32_t id, const std::string& where) {
    objects::Mount& made = mounts.emplace_back();
    made.id = {mount_namespace, id};
    made.mount_point = where;
    return made;
  }

  [[nodiscard]] objects::Namespace look(const NamespaceId& id) const {
    const auto rows = namespaces_of(processes, facts, mounts);
    EXPECT_TRUE(std::ranges::is_sorted(rows, {}, &objects::Namespace::id));
    const auto found = std::ranges::find(rows, id, &objects::Namespace::id);
    if (found != rows.end()) return *found;
    ADD_FAILURE() << "no " << to_text(id);
    return {};
  }

  /// "fd 7: close fd 7 of …": what keeps it alive, and how to let go.
  [[nodiscard]] std::vector<std::string> holders(const NamespaceId& id) const {
    std::vector<std::string> texts;
    for (const Holder& by : look(id).kept_alive_by)
      texts.push_back(fmt::format("{}: {}", objects::enum_name(by.kind), by.release));
    return texts;
  }
};

using Texts = std::vector<std::string>;

// The six ways to hide one.

TEST(HiddenNamespace, HeldByAnOpenFileOnly) {
  Host host;
  host.fact({net, 100}, 1);
  host.process(20, "keeper").namespace_files = {{7, {net, 100}, false, false}};
  EXPECT_EQ(host.holders({net, 100}), Texts{"fd: close fd 7 of 20 (keeper)"});
  EXPECT_EQ(host.look({net, 100}).kept_alive_by.front().fd, 7U);
  EXPECT_EQ(host.look({net, 100}).processes, 0U);
  EXPECT_EQ(host.look({net, 100}).oldest, std::nullopt);
}

TEST(HiddenNamespace, HeldByASocketOnly) {
  Host host;
  host.fact({net, 100}, 1);
  host.process(20, "docker-proxy").namespace_files = {{9, {net, 100}, true, false}};
  EXPECT_EQ(host.holders({net, 100}), Texts{"socket: close the socket fd 9 of 20 (docker-proxy)"});
}

TEST(HiddenNamespace, HeldByAFileInFlight) {
  Host host;
  host.fact({net, 100}, 1);
  host.process(20, "sender").namespace_files = {{5, {net, 100}, false, true}};
  EXPECT_EQ(host.holders({net, 100}),
            Texts{"in_flight: receive from or close the socket fd 5 of 20 (sender)"});
}

TEST(HiddenNamespace, HeldByASocketInFlight) {
  Host host;
  host.fact({net, 100}, 1);
  host.process(20, "sender").namespace_files = {{5, {net, 100}, true, true}};
  EXPECT_EQ(host.holders({net, 100}),
            Texts{"in_flight: receive from or close the socket fd 5 of 20 (sender)"});
}

TEST(HiddenNamespace, LivedInByAThreadOnly) {
  Host host;
  objects::Thread& thread = host.process(20, "python3").threads.emplace_back();
  thread.tid = 21;
  thread.namespaces = initial_links();
  thread.namespaces.uts = 100;
  EXPECT_EQ(host.holders({uts, 100}), Texts{"thread: end thread 21 of 20 (python3)"});
  EXPECT_EQ(host.look({uts, 100}).threads, 1U);
  EXPECT_EQ(host.look({uts, 100}).processes, 0U);
  EXPECT_EQ(host.look({uts, 18}).threads, 0U);
}

TEST(HiddenNamespace, WaitingForChildrenAfterItsInitDied) {
  Host host;
  host.process(20, "unshare").namespaces.pid_for_children = 100;
  EXPECT_EQ(host.holders({pid, 100}),
            Texts{"for_children: kill 20 (unshare), whose children would live in it"});
}

// Where hidden ones are found, too.

TEST(Namespaces, AreFoundBehindMountsOfForeignMountNamespaces) {
  Host host;
  host.process(20, "shim").namespaces.mnt = 200;
  host.mount(200, 5, "/");
  objects::Mount& foreign = host.mount(200, 6, "/run/my net");
  foreign.namespace_file = NamespaceId{net, 100};
  EXPECT_EQ(host.holders({net, 100}), Texts{"bind_mount: nsenter -t 20 -m umount '/run/my net'"});
  EXPECT_EQ(host.look({net, 100}).kept_alive_by.front().mount, (objects::MountId{200, 6}));
  EXPECT_EQ(host.look({net, 100}).kept_alive_by.front().path, "/run/my net");
}

TEST(Namespaces, AreFoundBehindMountsOfTheHost) {
  Host host;
  objects::Mount& mount = host.mount(13, 6, "/run/netns/blue");
  mount.namespace_file = NamespaceId{net, 100};
  EXPECT_EQ(host.holders({net, 100}), Texts{"bind_mount: umount /run/netns/blue"});
  mount.covered = true;
  EXPECT_EQ(host.holders({net, 100}),
            Texts{"bind_mount: umount /run/netns/blue, after what is mounted over it"});
}

TEST(Namespaces, AreFoundAboveAndBelowOthers) {
  Host host;
  host.fact({net, 100}, 1).owner = NamespaceId{user, 300};
  host.fact({user, 301}, 1).parent = NamespaceId{user, 300};
  host.process(20, "keeper").namespace_files = {{3, {user, 301}, false, false},
                                                {4, {net, 100}, false, false}};
  EXPECT_EQ(host.holders({user, 300}), (Texts{"child: end user:[301], which is its child",
                                              "owned: end net:[100], which belongs to it"}));
}

// Who lives in one.

TEST(Namespaces, HaveTheProcessThatStartedFirstNotTheLowestPid) {
  Host host;
  for (const std::uint32_t number : {30U, 31U, 32U}) {
    objects::Process& process = host.process(number, "p" + std::to_string(number));
    process.id.start_ticks = 1000 - number;
    process.namespaces.uts = 100;
  }
  EXPECT_EQ(host.look({uts, 100}).oldest, (objects::ProcessId{32, 968}));
  EXPECT_EQ(host.look({uts, 100}).processes, 3U);
  EXPECT_EQ(host.holders({uts, 100}), Texts{"process: kill 32 (p32) and 2 more"});
}

TEST(Namespaces, OfPidsEndWithTheirFirstProcess) {
  Host host;
  for (const std::uint32_t number : {30U, 31U}) {
    objects::Process& process = host.process(number, "sh");
    process.namespaces.pid = process.namespaces.pid_for_children = 100;
    process.namespace_pids = {number, number - 29};
  }
  EXPECT_EQ(host.holders({pid, 100}), Texts{"process: kill 30 (sh)"});
}

TEST(Namespaces, TheKernelKeepsTheInitialOnes) {
  const Host host;
  const objects::Namespace row = host.look({user, 17});
  EXPECT_TRUE(row.initial);
  EXPECT_EQ(row.processes, 1U);
  EXPECT_TRUE(row.kept_alive_by.empty());
}

TEST(Namespaces, TakeOverWhatTheKernelSays) {
  Host host;
  objects::NamespaceFacts& fact = host.fact({user, 300}, 5);
  fact.unique_id = objects::UniqueId{77};
  fact.parent = NamespaceId{user, 17};
  fact.creator_uid = 1000;
  const objects::Namespace row = host.look({user, 300});
  EXPECT_EQ(row.unique_id, objects::UniqueId{77});
  EXPECT_EQ(row.parent, (NamespaceId{user, 17}));
  EXPECT_EQ(row.creator_uid, 1000U);
  EXPECT_EQ(row.references, 5U);
}

TEST(Namespaces, ASocketOfWhoLivesThereIsTheProcesssOwn) {
  Host host;
  objects::Process& server = host.process(20, "nginx");
  server.namespaces.net = 100;
  server.namespace_files = {{6, {net, 100}, true, false}};
  EXPECT_EQ(host.holders({net, 100}), Texts{"process: kill 20 (nginx)"});
}

// What nobody can be found for.

TEST(UnknownHolder, IsThereWhenTheKernelCountsMoreThanWasFound) {
  Host host;
  host.fact({net, 100}, 1);
  EXPECT_EQ(host.holders({net, 100}),
            Texts{"unknown: not known: the kernel counts 1 references, and 0 were found"});
  host.process(20, "keeper").namespace_files = {{7, {net, 100}, false, false},
                                                {8, {net, 100}, false, false}};
  EXPECT_EQ(host.holders({net, 100}).size(), 2U) << "files of one namespace share one reference";
  host.facts.back().references = 2;
  EXPECT_EQ(host.holders({net, 100}).size(), 3U);
}

TEST(UnknownHolder, IsNotSureWhereProcessesShareReferences) {
  Host host;
  host.fact({net, 100}, 40);
  host.process(20, "sleep").namespaces.net = 100;
  host.fact({user, 300}, 40);
  host.process(21, "keeper").namespace_files = {{7, {user, 300}, false, false}};
  EXPECT_EQ(host.holders({net, 100}), Texts{"process: kill 20 (sleep)"});
  EXPECT_EQ(host.holders({user, 300}), Texts{"fd: close fd 7 of 21 (keeper)"});
}

TEST(UnknownHolder, IsNotSureWhenNotAllWasSeen) {
  Host host;
  host.fact({net, 100}, 1);
  Host without_files = host;
  without_files.process(20, "secret").namespace_files.reset();
  EXPECT_TRUE(without_files.holders({net, 100}).empty());
  Host without_mounts = host;
  without_mounts.process(20, "shim").namespaces.mnt = 200;
  EXPECT_TRUE(without_mounts.holders({net, 100}).empty());
  Host in_container = host;
  in_container.processes.front().namespaces.pid = 500;
  EXPECT_TRUE(in_container.holders({net, 100}).empty());
}

TEST(UnknownHolder, StaysOnlyWhenASecondLookHasIt) {
  Host host;
  for (const std::uint32_t inode : {100U, 101U, 102U})
    host.fact({net, inode}, 1).unique_id = objects::UniqueId{inode};
  auto rows = namespaces_of(host.processes, host.facts, host.mounts);
  ASSERT_TRUE(has_unknown_holders(rows));
  host.facts.back().unique_id = objects::UniqueId{1}; // 102 has gone, and its inode is used again
  host.process(20, "keeper").namespace_files = {{7, {net, 101}, false, false}};
  settle_unknown_holders(rows, namespaces_of(host.processes, host.facts, host.mounts));
  std::vector<std::pair<std::uint32_t, std::size_t>> left;
  for (const objects::Namespace& row : rows)
    if (!row.initial) left.emplace_back(row.id.inode, row.kept_alive_by.size());
  EXPECT_EQ(left, (std::vector<std::pair<std::uint32_t, std::size_t>>{{100, 1}, {101, 1}}));
}

} // namespace
} // namespace vitrine::world
