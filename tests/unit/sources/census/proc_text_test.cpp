// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/proc_text.h"

#include "tests/unit/sources/census/proc_tree.h"

#include <gtest/gtest.h>

namespace vitrine::census {
namespace {

constexpr std::uint32_t kKernelThread = 0x00200000;

TEST(ProcStat, TakesAnyBytesAsTheName) {
  for (const std::string name : {") S 1 (", "a b\nc", "\xff\x1b[31m", "", "(((", ")))"}) {
    const auto stat = parse_stat(stat_text(42, name, 'R'));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->comm, name);
    EXPECT_EQ(stat->state, "R");
    EXPECT_EQ(stat->parent_pid, 1U);
    EXPECT_EQ(stat->start_ticks, start_of(42));
    EXPECT_FALSE(stat->kernel_thread);
  }
}

TEST(ProcStat, IsNoneWhenCutBeforeTheStartEnds) {
  const std::string text = stat_text(42, "name", 'S');
  const std::size_t needed = text.find(" 4200 ") + 6;
  for (std::size_t size = 0; size < needed; ++size)
    EXPECT_FALSE(parse_stat(text.substr(0, size))) << size;
}

TEST(ProcStat, GivesKernelThreadsTheNameThatStays) {
  const auto comm = [](std::string_view name, std::uint32_t flags) {
    return parse_stat(stat_text(9, name, 'I', flags))->comm;
  };
  EXPECT_EQ(comm("kworker/0:1-events", kKernelThread), "kworker/0:1");
  EXPECT_EQ(comm("kworker/u8:2+flush-8:0", kKernelThread), "kworker/u8:2");
  EXPECT_EQ(comm("kworker/R-kvfree_rcu_reclaim", kKernelThread), "kworker/R-kvfre");
  EXPECT_EQ(comm("pool_workqueue_release", kKernelThread), "pool_workqueue_");
  EXPECT_EQ(comm("kworker/0:1-ev", 0), "kworker/0:1-ev"); // somebody's joke
}

TEST(ProcStatus, DoesNotLetANameSpeakForTheKernel) {
  objects::Process process;
  // As the kernel escapes it.
  EXPECT_TRUE(parse_status("Name:\tx\\nNSpid:\\t1\nNSpid:\t42\t1\n", false, process));
  EXPECT_EQ(process.namespace_pids, (std::vector<std::uint32_t>{42, 1}));
  EXPECT_FALSE(process.credentials);
}

TEST(ProcStatus, IsRefusedWhenCut) {
  objects::Process process;
  EXPECT_FALSE(parse_status("", false, process));
  EXPECT_FALSE(parse_status("NSpid:\t42\nUid:\t0\t0\n", true, process));
  EXPECT_FALSE(parse_status("NSpid:\t42\nUid:\t0\t0\t0\t0\n", true, process));
  EXPECT_FALSE(process.credentials);
}

TEST(ProcCgroups, KeepsColonsOfPathsAndOrdersHierarchies) {
  const auto places = parse_cgroups("12:cpu,cpuacct:/a:b/c\nnonsense\n0::/x (deleted)\n7:\n");
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0], (objects::CgroupPlace{0, "/x (deleted)"}));
  EXPECT_EQ(places[1], (objects::CgroupPlace{12, "/a:b/c"}));
}

TEST(ProcCommand, SplitsAtNul) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(parse_command({"a\0\0b\0", 5}), (Strings{"a", "", "b"}));
  EXPECT_EQ(parse_command("nginx: worker"), (Strings{"nginx: worker"}));
  EXPECT_EQ(parse_command(""), Strings{});
}

} // namespace
} // namespace vitrine::census
