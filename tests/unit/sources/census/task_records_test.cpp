// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/task_records.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace vitrine::census {
namespace {

using std::string_literals::operator""s;

/// Records as the iterators write them.
class Records {
public:
  void add(vitrine_census_task task, const std::vector<std::uint32_t>& numbers = {}) {
    const std::size_t behind = numbers.size() * sizeof(std::uint32_t);
    task.record = {VITRINE_CENSUS_TASK, static_cast<std::uint32_t>(sizeof task + behind)};
    append(&task, sizeof task);
    append(numbers.data(), behind);
  }

  void add_cgroups(std::uint64_t set, const std::string& places, bool cut = false) {
    vitrine_census_cgroups head = {};
    head.record = {VITRINE_CENSUS_CGROUPS, static_cast<std::uint32_t>(sizeof head + places.size())};
    head.css_set = set;
    head.cut = cut ? 1 : 0;
    append(&head, sizeof head);
    append(places.data(), places.size());
  }

  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  [[nodiscard]] std::span<const std::byte> all() const { return bytes_; }

private:
  std::vector<std::byte> bytes_;
};

vitrine_census_task task_of(std::uint32_t pid, std::uint32_t tid) {
  vitrine_census_task task = {};
  task.pid = pid;
  task.tid = tid;
  task.start_ns = 1'239'999'999;
  task.css_set = 0xc0;
  task.marks = VITRINE_CENSUS_PLAIN_ROOT;
  task.levels = tid == pid ? 1 : 0;
  std::memcpy(task.comm, "sixteen bytes ok", sizeof task.comm); // no NUL
  task.links.net = 7;
  return task;
}

TEST(TaskRecords, TellOfProcessesAndTheirThreads) {
  Records records;
  auto process = task_of(10, 10);
  process.levels = 2;
  records.add(process, {10, 1});
  records.add(task_of(20, 20), {20});
  records.add(task_of(10, 30)); // by tid, not behind their process
  records.add(task_of(10, 25));
  records.add(task_of(11, 26)); // its process was missed
  const auto found = read_tasks(records.all(), false);
  ASSERT_EQ(found.processes.size(), 2U);
  const objects::Process& first = found.processes[0];
  EXPECT_EQ(first.id, (objects::ProcessId{.pid = 10, .start_ticks = 123}));
  EXPECT_EQ(first.comm, "sixteen bytes ok");
  EXPECT_EQ(first.state, "R");
  EXPECT_EQ(first.root, "/");
  EXPECT_EQ(first.namespace_pids, (std::vector<std::uint32_t>{10, 1}));
  EXPECT_EQ(first.namespaces.net, 7U);
  EXPECT_FALSE(first.namespaces.uts);
  EXPECT_FALSE(first.credentials);
  ASSERT_EQ(first.threads.size(), 2U);
  EXPECT_EQ(first.threads[0].tid, 25U);
  EXPECT_EQ(first.threads[1].tid, 30U);
  EXPECT_TRUE(found.gaps[0].cgroups);
}

TEST(TaskRecords, TellOfSecurityWhenAsked) {
  Records records;
  auto process = task_of(10, 10);
  process.marks |= VITRINE_CENSUS_SECCOMP;
  process.security.effective_uid = 1000;
  process.security.bounding = 0x1f;
  process.security.seccomp_mode = 2;
  process.security.groups = 2;
  records.add(process, {10, 8, 4});
  const auto found = read_tasks(records.all(), true);
  ASSERT_EQ(found.processes.size(), 1U);
  const objects::Process& first = found.processes[0];
  ASSERT_TRUE(first.credentials);
  EXPECT_EQ(first.credentials->effective_uid, 1000U);
  EXPECT_EQ(first.credentials->bounding.bits, 0x1fU);
  EXPECT_EQ(first.credentials->groups, (std::vector<std::uint32_t>{4, 8}));
  EXPECT_EQ(first.seccomp, objects::SeccompMode::filter);
  EXPECT_FALSE(first.seccomp_filters);
}

TEST(TaskRecords, BuildPathsOfCgroupsFromTheirNames) {
  Records records;
  records.add(task_of(10, 10), {10});
  records.add_cgroups(0xc0, "\4\0leaf\0middle\0\0"s + "\0\1gone\0\0"s + "\2\1\0"s);
  const auto found = read_tasks(records.all(), false);
  ASSERT_EQ(found.processes.size(), 1U);
  EXPECT_FALSE(found.gaps[0].cgroups);
  EXPECT_EQ(found.processes[0].cgroups,
            (std::vector<objects::CgroupPlace>{{.hierarchy = 0, .path = "/gone (deleted)"},
                                               {.hierarchy = 2, .path = "/"},
                                               {.hierarchy = 4, .path = "/middle/leaf"}}));
}

TEST(TaskRecords, LeaveToProcWhatIsCut) {
  Records records;
  auto process = task_of(10, 10);
  process.marks = VITRINE_CENSUS_CUT;
  process.css_set = 0xc0;
  records.add(process, {10});
  auto other = task_of(11, 11);
  other.css_set = 0xd0;
  records.add(other, {11});
  records.add_cgroups(0xc0, "\4\0leaf\0\0"s, true);
  records.add_cgroups(0xd0, "\4\0leaf"s);
  const auto found = read_tasks(records.all(), false);
  ASSERT_EQ(found.gaps.size(), 2U);
  EXPECT_TRUE(found.gaps[0].root && found.gaps[0].groups && found.gaps[0].cgroups);
  EXPECT_FALSE(found.processes[0].root);
  EXPECT_FALSE(found.gaps[1].root || found.gaps[1].groups);
  EXPECT_TRUE(found.gaps[1].cgroups);
}

TEST(TaskRecords, OfAnyLengthAreRead) {
  Records records;
  records.add(task_of(10, 10), {10});
  records.add_cgroups(0xc0, "\4\0leaf\0\0"s);
  for (std::size_t size = 0; size < records.all().size(); ++size)
    EXPECT_LE(read_tasks(records.all().first(size), true).processes.size(), 1U);
  const vitrine_census_record unknown = {99, sizeof unknown};
  records.append(&unknown, sizeof unknown);
  records.add(task_of(11, 11), {11});
  EXPECT_EQ(read_tasks(records.all(), false).processes.size(), 2U);
}

TEST(TaskRecords, StatesAreThoseOfProc) {
  EXPECT_EQ(state_letter(0, 0), 'R');
  EXPECT_EQ(state_letter(1, 0), 'S');
  EXPECT_EQ(state_letter(2, 0), 'D');
  EXPECT_EQ(state_letter(0x402, 0), 'I');
  EXPECT_EQ(state_letter(4, 0), 'T');
  EXPECT_EQ(state_letter(8, 0), 't');
  EXPECT_EQ(state_letter(0x80, 0x20), 'Z');
  EXPECT_EQ(state_letter(0x80, 0x10), 'X');
  EXPECT_EQ(state_letter(0x8000, 0), 'D');
}

} // namespace
} // namespace vitrine::census
