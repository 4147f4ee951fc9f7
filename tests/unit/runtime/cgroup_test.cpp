// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/cgroup.h"

#include "runtime/oci/steps/device_rule.h"

#include <gtest/gtest.h>

#include <sched.h>

namespace vitrine::oci {
namespace {

kernel::CgroupLayout hybrid() {
  return {kernel::CgroupMode::Hybrid,
          {{false, "/c/cpu", {"cpu", "cpuacct"}, ""},
           {false, "/c/memory", {"memory"}, ""},
           {false, "/c/freezer", {"freezer"}, ""},
           {true, "/c/unified", {"hugetlb"}, ""}}};
}

kernel::CgroupLayout v2() {
  return {kernel::CgroupMode::V2, {{true, "/c", {"cpu", "memory", "pids", "io"}, ""}}};
}

Config config_with(const Resources& resources) {
  Config config;
  config.linux_settings.resources = resources;
  return config;
}

std::vector<std::string> settings_of(const std::vector<CgroupDirectory>& cgroups) {
  std::vector<std::string> out;
  for (const CgroupDirectory& cgroup : cgroups)
    for (const CgroupSetting& setting : cgroup.settings)
      out.push_back(cgroup.mount_point + "/" + setting.file + "=" + setting.value);
  return out;
}

TEST(PlanCgroups, HybridHasOneInEachNeededHierarchyAndV2First) {
  const auto cgroups = plan_cgroups(config_with({}), "/vitrine/a", hybrid());
  ASSERT_TRUE(cgroups.has_value());
  std::vector<std::string> places;
  for (const CgroupDirectory& cgroup : *cgroups)
    places.push_back(cgroup.mount_point + cgroup.path);
  EXPECT_EQ(places, (std::vector<std::string>{"/c/unified/vitrine/a", "/c/memory/vitrine/a",
                                              "/c/cpu/vitrine/a"}));
  EXPECT_TRUE(cgroups->front().v2);
}

TEST(PlanCgroups, LimitsGoWhereTheirControllerIs) {
  Resources limits;
  limits.memory_limit = 64 << 20;
  limits.cpu_quota = 50'000;
  limits.cpu_period = 100'000;
  EXPECT_EQ(settings_of(*plan_cgroups(config_with(limits), "/x", hybrid())),
            (std::vector<std::string>{"/c/memory/memory.limit_in_bytes=67108864",
                                      "/c/cpu/cpu.cfs_period_us=100000",
                                      "/c/cpu/cpu.cfs_quota_us=50000"}));
  EXPECT_EQ(settings_of(*plan_cgroups(config_with(limits), "/x", v2())),
            (std::vector<std::string>{"/c/cpu.max=50000 100000", "/c/memory.max=67108864"}));
}

TEST(PlanCgroups, SwapIsCountedApartOnV2) {
  Resources limits;
  limits.memory_limit = 100;
  limits.memory_swap = 150;
  EXPECT_EQ(settings_of(*plan_cgroups(config_with(limits), "/x", v2())),
            (std::vector<std::string>{"/c/memory.max=100", "/c/memory.swap.max=50"}));
}

TEST(PlanCgroups, NamesTheLimitThatNobodyCanEnforce) {
  Resources limits;
  limits.pids_limit = 10;
  const auto cgroups = plan_cgroups(config_with(limits), "/x", hybrid());
  ASSERT_FALSE(cgroups.has_value());
  EXPECT_EQ(cgroups.error().message(), "config.json: linux.resources.pids: this host offers no "
                                       "cgroup controller \"pids\"");
}

TEST(PlanCgroups, NegativeMeansUnlimited) {
  Resources limits;
  limits.pids_limit = -1;
  EXPECT_EQ(settings_of(*plan_cgroups(config_with(limits), "/x", v2())),
            std::vector<std::string>{"/c/pids.max=max"});
}

TEST(PlanCgroups, DevicesAreGuardedUnlessAUserNamespaceDoes) {
  EXPECT_FALSE(plan_cgroups(config_with({}), "/x", v2())->front().device_rules.empty());
  Config config = config_with({});
  config.linux_settings.namespaces = CLONE_NEWUSER;
  EXPECT_TRUE(plan_cgroups(config, "/x", v2())->front().device_rules.empty());
  EXPECT_FALSE(plan_cgroups(config_with({}), "/x", {}).has_value());
}

TEST(DeviceRules, V1StartsFromDenyAll) {
  kernel::CgroupLayout v1{kernel::CgroupMode::V1, {{false, "/c/devices", {"devices"}, ""}}};
  const auto settings = settings_of(*plan_cgroups(config_with({}), "/x", v1));
  ASSERT_GT(settings.size(), 2U);
  EXPECT_EQ(settings.front(), "/c/devices/devices.deny=a");
  EXPECT_EQ(settings[1], "/c/devices/devices.allow=c *:* m");
  EXPECT_EQ(settings[3], "/c/devices/devices.allow=c 1:3 rwm");
}

/// What the program answers, by carrying it out: enough of BPF for what device_program uses.
bool allowed(const std::vector<bpf_insn>& program, std::uint32_t type, std::uint32_t access,
             std::uint32_t major, std::uint32_t minor) {
  const std::uint32_t context[3] = {access << 16 | type, major, minor};
  std::uint64_t registers[10] = {};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& code = program[at];
    std::uint64_t& to = registers[code.dst_reg];
    const auto immediate = static_cast<std::uint32_t>(code.imm);
    switch (code.code) {
    case BPF_LDX | BPF_MEM | BPF_W:
      to = context[code.off / 4];
      break;
    case BPF_ALU | BPF_MOV | BPF_X:
      to = registers[code.src_reg];
      break;
    case BPF_ALU | BPF_AND | BPF_K:
      to &= immediate;
      break;
    case BPF_ALU | BPF_RSH | BPF_K:
      to >>= immediate;
      break;
    case BPF_ALU64 | BPF_MOV | BPF_K:
      to = immediate;
      break;
    case BPF_JMP32 | BPF_JNE | BPF_K:
      at += to != immediate ? static_cast<std::size_t>(code.off) : 0;
      break;
    case BPF_JMP32 | BPF_JEQ | BPF_K:
      at += to == immediate ? static_cast<std::size_t>(code.off) : 0;
      break;
    case BPF_JMP | BPF_EXIT:
      return registers[0] != 0;
    default:
      ADD_FAILURE() << "unknown instruction " << int{code.code};
      return false;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return false;
}

constexpr std::uint32_t kRead = BPF_DEVCG_ACC_READ;
constexpr std::uint32_t kWrite = BPF_DEVCG_ACC_WRITE;
constexpr std::uint32_t kMake = BPF_DEVCG_ACC_MKNOD;

TEST(DeviceProgram, AllowsWhatContainersNeedAndNothingElse) {
  const auto program = device_program(effective_device_rules({}));
  EXPECT_TRUE(allowed(program, BPF_DEVCG_DEV_CHAR, kRead | kWrite, 1, 3));
  EXPECT_TRUE(allowed(program, BPF_DEVCG_DEV_CHAR, kRead | kWrite, 136, 17));
  EXPECT_TRUE(allowed(program, BPF_DEVCG_DEV_BLOCK, kMake, 8, 0));
  EXPECT_FALSE(allowed(program, BPF_DEVCG_DEV_BLOCK, kRead, 8, 0));
  EXPECT_FALSE(allowed(program, BPF_DEVCG_DEV_CHAR, kRead, 1, 1));
  EXPECT_FALSE(allowed(program, BPF_DEVCG_DEV_BLOCK, kRead, 1, 3));
}

TEST(DeviceProgram, LaterRulesWin) {
  const std::vector<DeviceRule> rules = {{true, 'b', 8, {}, "r"}, {false, 'b', 8, 1, "rw"}};
  const auto program = device_program(rules);
  EXPECT_TRUE(allowed(program, BPF_DEVCG_DEV_BLOCK, kRead, 8, 0));
  EXPECT_FALSE(allowed(program, BPF_DEVCG_DEV_BLOCK, kRead, 8, 1));
  EXPECT_FALSE(allowed(program, BPF_DEVCG_DEV_BLOCK, kRead | kWrite, 8, 0));
}

TEST(DeviceProgram, WithoutRulesAllIsDenied) {
  EXPECT_FALSE(allowed(device_program({}), BPF_DEVCG_DEV_CHAR, kRead, 1, 3));
}

} // namespace
} // namespace vitrine::oci
