// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/containers.h"

#include "userspace/world/cgroup_members.h"
#include "userspace/world/layers.h"

#include <gtest/gtest.h>

namespace vitrine::world {
namespace {

using objects::ContainerId;
using objects::NamespaceKind;
using objects::Sharing;

const std::string kWeb(64, 'a');
constexpr std::uint32_t kHostMnt = 1, kHostPid = 2, kHostNet = 3;

objects::Cgroup cgroup(std::uint32_t hierarchy, std::uint64_t id, const std::string& path) {
  objects::Cgroup made;
  made.id = {hierarchy, id};
  made.path = path;
  return made;
}

/// A host with systemd, to which containers are added.
class Containers : public ::testing::Test {
protected:
  Containers() {
    snapshot_.processes.emplace();
    snapshot_.namespaces.emplace();
    snapshot_.cgroups.emplace();
    snapshot_.mounts.emplace();
    snapshot_.layers.emplace();
    snapshot_.networks.emplace();
    for (const auto& [kind, inode] :
         {std::pair{NamespaceKind::mnt, kHostMnt}, std::pair{NamespaceKind::net, kHostNet},
          std::pair{NamespaceKind::pid, kHostPid}}) {
      objects::Namespace space;
      space.id = {kind, inode};
      space.initial = true;
      snapshot_.namespaces->push_back(space);
    }
    add(1, 0, "systemd");
  }

  objects::Process& add(std::uint32_t pid, std::uint32_t parent, const std::string& comm,
                        std::uint32_t mnt = kHostMnt, std::uint32_t in_pid = kHostPid,
                        std::uint32_t inside = 0) {
    objects::Process process;
    process.id = {pid, pid * 10};
    process.parent_pid = parent;
    process.comm = comm;
    process.root = "/";
    process.namespaces.mnt = mnt;
    process.namespaces.pid = in_pid;
    process.namespaces.net = kHostNet;
    process.namespace_pids = inside != 0 ? std::vector{pid, inside} : std::vector{pid};
    snapshot_.processes->push_back(process);
    return snapshot_.processes->back();
  }

  void add_note(const std::string& engine, const std::string& id, std::uint32_t pid = 0) {
    events::ContainerNote note;
    note.engine = engine;
    note.id = id;
    note.name = "web";
    note.init_pid = pid;
    evidence_.notes.push_back(note);
  }

  void join() { join_containers(snapshot_, evidence_); }

  [[nodiscard]] const objects::Container* find(const ContainerId& id) const {
    return objects::find(snapshot_.containers, id);
  }
  [[nodiscard]] std::optional<ContainerId> owner(std::uint32_t pid) const {
    for (const objects::Process& process : *snapshot_.processes)
      if (process.id.pid == pid) return process.container;
    return std::nullopt;
  }

  objects::Snapshot snapshot_;
  ContainerEvidence evidence_;
};

TEST_F(Containers, AreKnownByTheirCgroups) {
  add(10, 1, "sh", 11, 12, 1).cgroups = {{0, "/docker/" + kWeb}};
  add(11, 10, "sleep", 11, 12, 2).cgroups = {{0, "/docker/" + kWeb + "/below"}};
  snapshot_.cgroups->push_back(cgroup(0, 7, "/docker/" + kWeb));
  snapshot_.cgroups->front().state.frozen = true;
  add_note("docker", kWeb, 10);
  join();
  const auto* web = find({"docker", kWeb});
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->name, "web");
  EXPECT_EQ(web->processes, 2U);
  EXPECT_EQ(web->init, (objects::ProcessId{10, 100}));
  EXPECT_EQ(web->status, objects::ContainerStatus::paused);
  EXPECT_EQ(web->cgroups, (std::vector<objects::CgroupId>{{0, 7}}));
  EXPECT_EQ(web->sources, (std::vector<std::string>{"processes", "cgroup", "files"}));
  EXPECT_EQ((*snapshot_.cgroups)[0].container, (ContainerId{"docker", kWeb}));
  EXPECT_EQ(owner(1), std::nullopt);
}

TEST_F(Containers, AreKnownByPidNamespaceAndParent) {
  add(10, 1, "sh", 11, 12, 1);
  add(11, 1, "entered", kHostMnt, 12, 2);
  add(12, 10, "nested", 21, 22, 1);
  add_note("lxc", "web", 10);
  join();
  const ContainerId web{"lxc", "web"};
  EXPECT_EQ(owner(10), web);
  EXPECT_EQ(owner(11), web);
  EXPECT_EQ(owner(12), web);
  EXPECT_EQ(snapshot_.containers->size(), 1U);
}

TEST_F(Containers, WithoutEngineAreProcessesApart) {
  add(10, 1, "sh", 11, 12, 1);
  add(20, 1, "bwrap", 21, 22, 1);
  add(30, 1, "service", 31); // a mount namespace alone
  join();
  EXPECT_NE(find({"unshare", "10:100"}), nullptr);
  EXPECT_NE(find({"bubblewrap", "20:200"}), nullptr);
  EXPECT_EQ(snapshot_.containers->size(), 2U);
  EXPECT_EQ(owner(30), std::nullopt);
}

TEST_F(Containers, SayWithWhomTheyShare) {
  add(10, 1, "a", 11, 12, 1).namespaces.net = 40;
  add(20, 1, "b", 21, 22, 1).namespaces.net = 40;
  add(30, 1, "c", 31, 32, 1);
  add(31, 1, "visitor", 31);
  objects::Namespace seen;
  seen.id = {NamespaceKind::mnt, 31};
  seen.processes = 2;
  snapshot_.namespaces->insert(snapshot_.namespaces->begin() + 1, seen);
  join();
  const auto* first = find({"unshare", "10:100"});
  ASSERT_EQ(first->namespaces.size(), 3U); // mnt, net, pid
  EXPECT_EQ(first->namespaces[0].sharing, Sharing::own);
  EXPECT_EQ(first->namespaces[1].sharing, Sharing::container);
  EXPECT_EQ(first->namespaces[1].shared_with, (std::vector<ContainerId>{{"unshare", "20:200"}}));
  const auto* third = find({"unshare", "30:300"});
  EXPECT_EQ(third->namespaces[0].sharing, Sharing::other);
  EXPECT_EQ(third->namespaces[1].sharing, Sharing::host);
}

TEST_F(Containers, ThatStoppedHaveNoProcess) {
  add_note("docker", kWeb, 4711);
  join();
  const auto* web = find({"docker", kWeb});
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->status, objects::ContainerStatus::stopped);
  EXPECT_EQ(web->init, std::nullopt);
  EXPECT_EQ(web->disagreements.size(), 1U) << "its files speak of a process";
}

TEST_F(Containers, HaveTheirRootAndItsLayers) {
  add(10, 1, "sh", 11, 12, 1);
  objects::Mount root;
  root.id = {11, 5};
  root.mount_point = "/";
  root.overlay.emplace();
  root.overlay->lower = {"/l2", "/l1"};
  root.overlay->lower_layers = {{8, 1, 2}, {8, 1, 1}};
  root.overlay->upper = "/u";
  root.overlay->upper_layer = objects::LayerId{8, 1, 3};
  objects::Mount covered = root;
  covered.id = {11, 4};
  covered.covered = true;
  snapshot_.mounts = {covered, root};
  events::ContainerNote note;
  note.layers = {{"/l1", "base layer 1"}};
  snapshot_.layers = layers_of(*snapshot_.mounts, std::vector{note});
  join();
  const ContainerId id{"unshare", "10:100"};
  EXPECT_EQ(find(id)->root, root.id);
  ASSERT_EQ(snapshot_.layers->size(), 3U);
  for (const objects::Layer& layer : *snapshot_.layers)
    EXPECT_EQ(layer.containers, std::vector{id}) << layer.path;
  EXPECT_EQ((*snapshot_.layers)[0].name, "base layer 1");
  EXPECT_EQ((*snapshot_.layers)[0].lower_of, (std::vector{covered.id, root.id}));
  EXPECT_EQ((*snapshot_.layers)[2].upper_of.size(), 2U);
  EXPECT_EQ((*snapshot_.mounts)[1].container, id);
}

TEST_F(Containers, ListenersAreTheirProcesses) {
  add(10, 1, "sh", 11, 12, 1);
  objects::Network network;
  network.id = {NamespaceKind::net, kHostNet};
  network.listeners.emplace_back().protocol = "tcp";
  network.listeners.front().process = objects::ProcessId{10, 100};
  snapshot_.networks->push_back(network);
  join();
  EXPECT_EQ(snapshot_.networks->front().listeners.front().container,
            (ContainerId{"unshare", "10:100"}));
}

TEST(CgroupMembers, AreCountedByPlace) {
  std::vector<objects::Cgroup> cgroups{cgroup(0, 1, "/"), cgroup(4, 1, "/")};
  std::vector<objects::Process> processes(2);
  processes[0].cgroups = {{0, "/"}, {4, "/gone"}};
  processes[1].cgroups = {{0, "/"}, {4, "/"}};
  count_members(cgroups, processes);
  EXPECT_EQ(cgroups[0].processes, 2U);
  EXPECT_EQ(cgroups[1].processes, 1U);
}

} // namespace
} // namespace vitrine::world
