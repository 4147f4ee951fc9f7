// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/earlier_processes.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include <unistd.h>

namespace vitrine::tracer {
namespace {

using Pids = std::set<std::uint32_t>;

constexpr std::uint32_t kOtherPidNamespace = 4026539999;

vitrine_task task(std::uint32_t pid, std::uint32_t parent, std::string_view comm = "sh",
                  std::uint32_t pid_namespace = 1) {
  vitrine_task one = {};
  one.pid = one.tid = pid;
  one.parent_pid = parent;
  one.namespaces.pid = pid_namespace;
  comm.copy(one.comm, sizeof one.comm);
  return one;
}

TEST(EarlierProcesses, DescendantsAreFoundInAnyOrder) {
  const std::vector<vitrine_task> tasks = {task(40, 30), task(30, 20), task(20, 1), task(50, 1)};
  EXPECT_EQ(process_with_descendants(tasks, 20), (Pids{20, 30, 40}));
}

TEST(EarlierProcesses, ContainerHasItsShimAndWhatThatStarts) {
  const std::vector<vitrine_task> tasks = {
      task(10, 1, "containerd-shim"), task(11, 10, "sh", kOtherPidNamespace),
      task(12, 11, "sleep", kOtherPidNamespace), task(13, 10, "runc"), task(14, 1, "sh")};
  EXPECT_EQ(processes_of_container(tasks, 11), (Pids{10, 11, 12, 13}));
}

TEST(EarlierProcesses, ContainerHasWhoSharesItsPidNamespace) {
  const std::vector<vitrine_task> tasks = {task(10, 1, "bash"),
                                           task(11, 10, "sh", kOtherPidNamespace),
                                           task(20, 1, "sh", kOtherPidNamespace)};
  EXPECT_EQ(processes_of_container(tasks, 11), (Pids{11, 20}));
}

TEST(EarlierProcesses, DescriptionHasArgumentsAndCgroupsOfTheLiving) {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  vitrine_task thread = task(pid, 1, "test");
  thread.tid = pid + 1;
  const auto described = describe_processes(std::vector{task(pid, 1, "test"), thread}, {pid});
  ASSERT_EQ(described.size(), 1U);
  EXPECT_EQ(described.front().comm, "test");
  EXPECT_FALSE(described.front().argv.empty());
  EXPECT_FALSE(described.front().cgroups.empty());
}

TEST(EarlierProcesses, WhoHasGoneKeepsWhatIsKnown) {
  const auto described = describe_processes(std::vector{task(0x3fffffff, 1, "gone")}, {0x3fffffff});
  ASSERT_EQ(described.size(), 1U);
  EXPECT_EQ(described.front().comm, "gone");
  EXPECT_TRUE(described.front().argv.empty());
}

} // namespace
} // namespace vitrine::tracer
