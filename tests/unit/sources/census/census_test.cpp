// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/census.h"

#include "tests/unit/sources/census/proc_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::census {
namespace {

constexpr Wanted kEverything = {
    .threads = true, .files = true, .namespaces = true, .commands = true, .security = true};

Observations take(const ProcTree& tree, const Wanted& wanted = kEverything) {
  auto census = Census::open({.proc = tree.path(), .iterators = IteratorUse::automatic});
  EXPECT_TRUE(census) << census.error().message();
  auto seen = census->take(wanted);
  EXPECT_TRUE(seen) << seen.error().message();
  return std::move(*seen);
}

TEST(Census, ReadsAllThatProcTells) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.processes.size(), 1U);
  const objects::Process& process = seen.processes[0];
  EXPECT_EQ(process.id, (objects::ProcessId{42, start_of(42)}));
  EXPECT_EQ(process.parent_pid, 1U);
  EXPECT_EQ(process.namespace_pids, (std::vector<std::uint32_t>{42, 7}));
  EXPECT_EQ(process.namespaces.cgroup, 4026532001U);
  EXPECT_EQ(process.namespaces.uts, 4026532008U);
  EXPECT_EQ(process.namespaces.pid_for_children, 4026532100U);
  ASSERT_TRUE(process.credentials);
  EXPECT_EQ(process.credentials->effective_uid, 1001U);
  EXPECT_EQ(process.credentials->filesystem_gid, 2003U);
  EXPECT_EQ(process.credentials->groups, (std::vector<std::uint32_t>{4, 7, 24}));
  EXPECT_EQ(process.credentials->bounding.bits, 0x1ffffffffffU);
  EXPECT_EQ(process.no_new_privs, true);
  EXPECT_EQ(process.seccomp, objects::SeccompMode::filter);
  EXPECT_EQ(process.seccomp_filters, 3U);
  EXPECT_EQ(process.root, "/");
  EXPECT_EQ(process.executable, "/usr/bin/run");
  EXPECT_EQ(process.command, (std::vector<std::string>{"run", "--fast"}));
  ASSERT_EQ(process.cgroups.size(), 3U);
  EXPECT_EQ(process.cgroups[2], (objects::CgroupPlace{4, "/a:b"}));
  EXPECT_FALSE(process.lsm_label);
  ASSERT_TRUE(process.namespace_files);
  EXPECT_TRUE(process.namespace_files->empty());
  EXPECT_EQ(seen.sources, (std::vector<std::string>{"/proc", "ioctl_ns"}));
  EXPECT_TRUE(seen.errors.empty());
}

TEST(Census, LeavesOutWhatIsNotWanted) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  tree.add_task("42/task/43", 43, "thread");
  const Observations seen = take(tree, {});
  const objects::Process& process = seen.processes.at(0);
  EXPECT_FALSE(process.credentials || process.seccomp || process.no_new_privs ||
               process.executable || process.command || process.namespace_files);
  EXPECT_TRUE(process.threads.empty());
  EXPECT_TRUE(seen.namespaces.empty());
}

TEST(Census, OrdersProcessesAndThreadsByNumber) {
  const ProcTree tree;
  for (const std::uint32_t pid : {1000U, 9U, 200U})
    tree.add_task(std::to_string(pid), pid, "name");
  for (const std::uint32_t tid : {1100U, 200U, 201U})
    tree.add_task("200/task/" + std::to_string(tid), tid, "thread");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.processes.size(), 3U);
  EXPECT_EQ(seen.processes[0].id.pid, 9U);
  EXPECT_EQ(seen.processes[2].id.pid, 1000U);
  const auto& threads = seen.processes[1].threads;
  ASSERT_EQ(threads.size(), 2U); // without the main one
  EXPECT_EQ(threads[0].tid, 201U);
  EXPECT_EQ(threads[1].tid, 1100U);
  EXPECT_EQ(threads[1].start_ticks, start_of(1100));
}

TEST(Census, LeavesOutWhoVanished) {
  const ProcTree tree;
  tree.add_task("42", 42, "stays");
  tree.add_task("43", 43, "goes");
  tree.remove("43/status");
  tree.add_task("44", 44, "went");
  tree.remove("44/stat");
  tree.write("nonsense", "");
  tree.write("45", "no directory");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.processes.size(), 1U);
  EXPECT_TRUE(seen.errors.empty());
}

TEST(Census, CountsWhatMakesNoSense) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  tree.write("42/stat", "42 (name) S 1");
  tree.add_task("43", 43, "name");
  tree.write("43/status", "NSpid:\tmany\n");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.processes.size(), 1U);
  EXPECT_FALSE(seen.processes[0].credentials);
  ASSERT_EQ(seen.errors.size(), 2U);
  EXPECT_EQ(seen.errors[0].source, "/proc/PID/stat");
  EXPECT_EQ(seen.errors[1].source, "/proc/PID/status");
}

TEST(Census, HasNoLinksForWhatItsKernelLacksOrAnEndedProcessLost) {
  const ProcTree tree;
  tree.add_task("42", 42, "old kernel");
  tree.remove("42/ns/time");
  tree.add_task("43", 43, "ended", 'Z');
  tree.remove("43/ns");
  tree.remove("43/root");
  tree.remove("43/exe");
  tree.write("43/cmdline", "");
  tree.link("42/ns/uts", "something else");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.processes.size(), 2U);
  EXPECT_FALSE(seen.processes[0].namespaces.time);
  EXPECT_FALSE(seen.processes[0].namespaces.uts);
  EXPECT_TRUE(seen.processes[0].namespaces.ipc);
  EXPECT_EQ(seen.processes[1].namespaces, objects::NamespaceLinks());
  EXPECT_FALSE(seen.processes[1].command || seen.processes[1].executable);
  EXPECT_TRUE(seen.errors.empty());
}

TEST(Census, FindsOpenNamespacesByTheirLinks) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  tree.link("42/fd/11", "net:[4026532900]");
  tree.link("42/fd/9", "user:[4026532901]");
  tree.link("42/fd/3", "/tmp/net:[4026532902]");
  tree.link("42/fd/4", "pipe:[4026532903]");
  tree.link("42/fd/5", "net:[]");
  const Observations seen = take(tree);
  const auto& files = seen.processes.at(0).namespace_files.value();
  using objects::NamespaceKind;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].fd, 9U);
  EXPECT_EQ(files[0].namespace_id, (objects::NamespaceId{NamespaceKind::user, 4026532901}));
  EXPECT_EQ(files[1].fd, 11U);
  EXPECT_FALSE(files[1].socket || files[1].in_flight);
}

TEST(Census, NamesEveryNamespaceThatAnythingSpeaksOf) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  tree.add_task("42/task/43", 43, "thread");
  tree.link("42/task/43/ns/uts", "uts:[4026532800]");
  tree.link("42/fd/9", "user:[4026531837]");
  const Observations seen = take(tree);
  ASSERT_EQ(seen.namespaces.size(), 12U); // 8 kinds, 2 for children, the thread's, the file's
  EXPECT_TRUE(std::ranges::is_sorted(seen.namespaces, {}, &objects::NamespaceFacts::id));
  const auto find = [&](objects::NamespaceKind kind, std::uint32_t inode) {
    return std::ranges::find(seen.namespaces, objects::NamespaceId{kind, inode},
                             &objects::NamespaceFacts::id);
  };
  const auto thread = find(objects::NamespaceKind::uts, 4026532800);
  ASSERT_NE(thread, seen.namespaces.end());
  EXPECT_FALSE(thread->initial || thread->owner || thread->references);
  const auto first = find(objects::NamespaceKind::user, 4026531837);
  ASSERT_NE(first, seen.namespaces.end());
  EXPECT_TRUE(first->initial);
}

TEST(Census, ReadsLabelsWhereThereAreSome) {
  const ProcTree tree;
  tree.add_task("42", 42, "name");
  tree.write("42/attr/current", "docker-default (enforce)\n");
  EXPECT_FALSE(take(tree).processes.at(0).lsm_label);
  tree.write("self/attr/current", "unconfined\n");
  EXPECT_EQ(take(tree).processes.at(0).lsm_label, "docker-default (enforce)");
}

TEST(Census, NeedsProc) {
  const auto census = Census::open({.proc = "/nonexistent", .iterators = IteratorUse::automatic});
  ASSERT_FALSE(census);
  EXPECT_EQ(census.error().code, ENOENT);
}

TEST(Census, RefusesIteratorsOverFiles) {
  const ProcTree tree;
  EXPECT_FALSE(Census::open({.proc = tree.path(), .iterators = IteratorUse::required}));
}

} // namespace
} // namespace vitrine::census
