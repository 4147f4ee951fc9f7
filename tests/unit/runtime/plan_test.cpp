// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/plan.h"

#include "runtime/oci/mount_options.h"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>

namespace vitrine::oci {
namespace {

Config config_with(std::vector<Mount> mounts) {
  Config config;
  config.root.path = "rootfs";
  config.process.args = {"sh"};
  config.process.cwd = "/";
  config.linux_settings.namespaces = CLONE_NEWNS | CLONE_NEWPID;
  config.mounts = std::move(mounts);
  return config;
}

Result<Plan> plan_of(const Config& config, const kernel::CgroupLayout& cgroups = {}) {
  return make_plan(config, {"box", "/bundle", "/state/box", cgroups});
}

std::vector<std::string> destinations(const Plan& plan, PlannedMount::Kind kind) {
  std::vector<std::string> out;
  for (const PlannedMount& mount : plan.mounts)
    if (mount.kind == kind) out.push_back(mount.destination);
  return out;
}

TEST(MountOptions, LaterWordsWin) {
  const auto options = parse_mount_options({"ro", "nosuid", "rw", "noatime", "relatime"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->attributes, std::uint64_t{MOUNT_ATTR_NOSUID});
}

TEST(MountOptions, AnRInFrontMeansEveryMountBelow) {
  const auto options = parse_mount_options({"rbind", "rro", "rslave", "rnosuid"});
  ASSERT_TRUE(options.has_value());
  EXPECT_TRUE(options->recursive_bind);
  EXPECT_EQ(options->attributes, 0U);
  EXPECT_EQ(options->recursive_attributes, std::uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID});
  EXPECT_EQ(options->propagation, std::uint64_t{MS_SLAVE | MS_REC});
}

TEST(MountOptions, OtherWordsAreTheFileSystems) {
  const auto options = parse_mount_options({"mode=755", "newinstance", "redirect_dir=off"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->data,
            (std::vector<std::string>{"mode=755", "newinstance", "redirect_dir=off"}));
}

TEST(MountOptions, RefusesWhatItCannotHonour) {
  EXPECT_FALSE(parse_mount_options({"tmpcopyup"}).has_value());
}

TEST(MakePlan, AnOverlayOnTheTopGetsAFreshUpperLayer) {
  const auto plan = plan_of(config_with({{"/", "overlay", "overlay", {"lowerdir=/b:/a"}}}));
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  EXPECT_EQ(plan->root.overlay_data,
            "lowerdir=/b:/a,upperdir=/state/box/upper,workdir=/state/box/work");
  EXPECT_TRUE(plan->root.fresh_upper);
  EXPECT_EQ(plan->root.mount_point, "/state/box");
  EXPECT_TRUE(plan->mounts.empty());
}

TEST(MakePlan, AnUpperLayerThatIsGivenIsKept) {
  const auto plan = plan_of(config_with(
      {{"/", "overlay", "overlay", {"lowerdir=/a", "upperdir=/u", "workdir=/w", "ro"}}}));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->root.overlay_data, "lowerdir=/a,upperdir=/u,workdir=/w");
  EXPECT_FALSE(plan->root.fresh_upper);
  EXPECT_TRUE(plan->root.readonly);
}

TEST(MakePlan, ADirectoryIsBelowTheBundle) {
  const auto plan = plan_of(config_with({}));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->root.mount_point, "/bundle/rootfs");
  EXPECT_TRUE(plan->root.overlay_data.empty());
}

TEST(MakePlan, OptionsThatMountCannotTakeAreRefusedBeforehand) {
  const std::string long_option = "lowerdir=" + std::string(5000, 'a');
  EXPECT_FALSE(plan_of(config_with({{"/", "overlay", "overlay", {long_option}}})).has_value());
}

TEST(MakePlan, CgroupMeansThisHostsHierarchies) {
  kernel::CgroupLayout hybrid;
  hybrid.mode = kernel::CgroupMode::Hybrid;
  hybrid.hierarchies = {{false, "/sys/fs/cgroup/cpu,cpuacct", {"cpu", "cpuacct"}, ""},
                        {false, "/sys/fs/cgroup/systemd", {}, "systemd"},
                        {true, "/sys/fs/cgroup/unified", {}, ""}};
  const auto plan =
      plan_of(config_with({{"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid"}}}), hybrid);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(destinations(*plan, PlannedMount::Kind::FileSystem),
            (std::vector<std::string>{"/sys/fs/cgroup", "/sys/fs/cgroup/cpu,cpuacct",
                                      "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"}));
  EXPECT_EQ(destinations(*plan, PlannedMount::Kind::SymbolicLink),
            (std::vector<std::string>{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpuacct"}));
  EXPECT_EQ(destinations(*plan, PlannedMount::Kind::MakeReadOnly),
            std::vector<std::string>{"/sys/fs/cgroup"});
}

TEST(MakePlan, SearchesTheContainersPath) {
  Config config = config_with({});
  config.process.env = {"PATH=/a::/b"};
  const auto plan = plan_of(config);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->executables, (std::vector<std::string>{"/a/sh", "./sh", "/b/sh"}));
  config.process.args = {"bin/sh"};
  EXPECT_EQ(plan_of(config)->executables, std::vector<std::string>{"bin/sh"});
}

TEST(MakePlan, DevicesOfTheConfigurationReplaceDefaults) {
  Config config = config_with({});
  config.linux_settings.devices = {{"/dev/null", S_IFCHR, 1, 3, 0600, 5, 0}};
  const auto plan = plan_of(config);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->devices.size(), 6U);
  EXPECT_EQ(plan->devices.back().uid, 5U);
}

} // namespace
} // namespace vitrine::oci
