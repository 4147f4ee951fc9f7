// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/cgroups/cgroups.h"

#include "userspace/sources/cgroups/state_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vitrine::cgroups {
namespace {

namespace fs = std::filesystem;
using objects::Limit;

/// A made-up host with files where a kernel would have them.
class Tree : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "cgroups.XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, std::string_view text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void hybrid() const {
    write("/proc/self/mountinfo",
          "30 20 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n"
          "31 20 0:27 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
          "32 20 0:28 / /sys/fs/cgroup/systemd rw shared:11 - cgroup cgroup rw,name=systemd\n");
    write("/proc/self/cgroup", "7:memory:/x\n1:name=systemd:/\n0::/\n");
    write("/sys/fs/cgroup/unified/cgroup.controllers", "\n");
    write("/sys/fs/cgroup/unified/box/cgroup.events", "populated 1\nfrozen 1\n");
    write("/sys/fs/cgroup/unified/box/cgroup.type", "domain\n");
    write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "33554432\n");
    write("/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "1048576\n");
    write("/sys/fs/cgroup/systemd/cgroup.procs", "");
  }
  std::vector<objects::Cgroup> read() {
    if (!source_) {
      auto opened = Cgroups::open(root_);
      EXPECT_TRUE(opened) << opened.error().message();
      if (!opened) return {};
      source_.emplace(*std::move(opened));
    }
    Readings readings = source_->read();
    EXPECT_TRUE(readings.errors.empty());
    return std::move(readings.cgroups);
  }
  static const objects::Cgroup* find(const std::vector<objects::Cgroup>& cgroups,
                                     std::uint32_t hierarchy, std::string_view path) {
    for (const objects::Cgroup& cgroup : cgroups)
      if (cgroup.id.hierarchy == hierarchy && cgroup.path == path) return &cgroup;
    return nullptr;
  }

  std::string root_;
  std::optional<Cgroups> source_;
};

TEST_F(Tree, HasTheCgroupsOfEveryHierarchyByItsNumber) {
  hybrid();
  const auto cgroups = read();
  EXPECT_EQ(cgroups.size(), 5U);
  const auto* box = find(cgroups, 0, "/box");
  ASSERT_NE(box, nullptr);
  EXPECT_EQ(box->hierarchy, "v2");
  EXPECT_EQ(box->type, "domain");
  EXPECT_EQ(box->state.frozen, true);
  EXPECT_EQ(box->parent, find(cgroups, 0, "/")->id);
  const auto* named = find(cgroups, 1, "/");
  ASSERT_NE(named, nullptr);
  EXPECT_EQ(named->hierarchy, "name=systemd");
}

TEST_F(Tree, NoLimitIsNotANumber) {
  hybrid();
  const auto cgroups = read();
  EXPECT_EQ(find(cgroups, 7, "/")->state.memory_max_bytes, Limit{});
  EXPECT_EQ(find(cgroups, 7, "/x")->state.memory_max_bytes, Limit{33554432});
  EXPECT_EQ(find(cgroups, 7, "/x")->state.memory_bytes, 1048576U);
  EXPECT_FALSE(find(cgroups, 7, "/x")->state.pids.has_value());
}

TEST_F(Tree, ReadingAgainSeesWhatHasChanged) {
  hybrid();
  ASSERT_EQ(read().size(), 5U);
  write("/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "4096\n");
  fs::remove_all(root_ + "/sys/fs/cgroup/unified/box");
  write("/sys/fs/cgroup/unified/new/cgroup.type", "threaded\n");
  const auto cgroups = read();
  EXPECT_EQ(find(cgroups, 7, "/x")->state.memory_bytes, 4096U);
  EXPECT_EQ(find(cgroups, 0, "/box"), nullptr);
  EXPECT_EQ(find(cgroups, 0, "/new")->type, "threaded");
}

objects::CgroupState state_of(std::span<const StateFile> files, std::string_view name,
                              std::string_view text) {
  objects::CgroupState state;
  for (const StateFile& file : files)
    if (file.name == name) file.read(text, state);
  return state;
}

TEST(StateFiles, Version2) {
  const auto v2 = version_2_files();
  EXPECT_EQ(state_of(v2, "cpu.max", "50000 100000\n").cpu_quota_usec, Limit{50000});
  EXPECT_EQ(state_of(v2, "cpu.max", "max 100000\n").cpu_quota_usec, Limit{});
  EXPECT_EQ(state_of(v2, "cpu.max", "max 100000\n").cpu_period_usec, 100000U);
  EXPECT_EQ(state_of(v2, "memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\n").oom_kills,
            1U);
  EXPECT_EQ(state_of(v2, "cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\n").cpu_user_usec,
            3U);
  const auto io =
      state_of(v2, "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n").io;
  ASSERT_TRUE(io && io->size() == 1);
  EXPECT_EQ(io->front(), (objects::DeviceIo{8, 0, 1, 2, 3, 4}));
  const auto pressure =
      state_of(v2, "cpu.pressure",
               "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 "
               "avg300=0.00 total=6\n")
          .cpu_pressure;
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some_10, 1.5);
  EXPECT_EQ(pressure->some_usec, 77U);
  EXPECT_EQ(pressure->full_usec, 6U);
}

TEST(StateFiles, Version1) {
  const auto v1 = version_1_files();
  EXPECT_EQ(state_of(v1, "cpu.cfs_quota_us", "-1\n").cpu_quota_usec, Limit{});
  EXPECT_EQ(state_of(v1, "cpuacct.usage", "123456\n").cpu_usage_usec, 123U);
  EXPECT_EQ(state_of(v1, "freezer.state", "FROZEN\n").frozen, true);
  const auto io = state_of(v1, "blkio.throttle.io_service_bytes_recursive",
                           "8:0 Read 4096\n8:0 Write 512\n8:0 Total 4608\nTotal 4608\n")
                      .io;
  ASSERT_TRUE(io && io->size() == 1);
  EXPECT_EQ(io->front().read_bytes, 4096U);
  EXPECT_EQ(io->front().write_bytes, 512U);
}

TEST(StateFiles, WhatIsNotUnderstoodHasNoValue) {
  for (const auto files : {version_1_files(), version_2_files()})
    for (const StateFile& file : files)
      for (const std::string_view text : {"", "\n", "nonsense", "8:0", "8:0 rbytes=", "-5 -5",
                                          "99999999999999999999999", "some avg10= total=x"}) {
        objects::CgroupState state;
        file.read(text, state);
        EXPECT_FALSE(state.memory_bytes || state.pids || state.oom_kills) << file.name << text;
      }
}

} // namespace
} // namespace vitrine::cgroups
