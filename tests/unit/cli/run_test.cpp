// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/run_config.h"
#include "userspace/cli/run_options.h"
#include "userspace/cli/run_user.h"

#include "runtime/oci/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

TEST(ParseSize, KnowsUnitsInEitherCase) {
  EXPECT_EQ(*parse_size("64m"), 64 << 20);
  EXPECT_EQ(*parse_size("1.5G"), std::int64_t{3} << 29);
  EXPECT_EQ(*parse_size("4096"), 4096);
  EXPECT_EQ(*parse_size("10k"), 10240);
  EXPECT_EQ(*parse_size("7B"), 7);
}

TEST(ParseSize, GuessesNothing) {
  for (const char* wrong :
       {"", "m", "-1m", "64mb", "6 4m", "0x10", "1e3", "inf", "nan", "99999999t", " 1", "1m "})
    EXPECT_FALSE(parse_size(wrong).has_value()) << wrong;
}

TEST(ParseCpus, IsAQuotaOfThePeriod) {
  EXPECT_EQ(*parse_cpus("0.5"), 50'000);
  EXPECT_EQ(*parse_cpus("2"), 200'000);
  for (const char* wrong : {"", "0", "-1", "0.001", "one"})
    EXPECT_FALSE(parse_cpus(wrong).has_value()) << wrong;
}

TEST(ParseLimits, NamesTheOption) {
  RunOptions options;
  options.pids_limit = "1.5";
  const auto limits = parse_limits(options);
  ASSERT_FALSE(limits.has_value());
  EXPECT_EQ(limits.error().message(), "--pids-limit: not a number of processes: \"1.5\"");
}

/// Two layers: the upper one's etc/group stands for the lower one's.
class FindUserTest : public testing::Test {
protected:
  FindUserTest() {
    std::string pattern = fs::temp_directory_path() / "vitrine-user-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    write("base/etc/passwd",
          "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1001:Guest:/home/g:/bin/sh\n");
    write("base/etc/group", "old:x:7:\n");
    write("top/etc/group", "root:x:0:\nwheel:x:10:root,guest\ntty:x:5:\n");
    layers_ = {path_ + "/base", path_ + "/top"};
  }
  ~FindUserTest() override { fs::remove_all(path_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name) << text;
  }

  std::string path_;
  std::vector<std::string> layers_;
};

TEST_F(FindUserTest, ANameBringsItsGroups) {
  const auto user = find_user("guest", layers_);
  ASSERT_TRUE(user.has_value()) << user.error().message();
  EXPECT_EQ(user->uid, 1000U);
  EXPECT_EQ(user->gid, 1001U);
  EXPECT_EQ(user->additional_gids, std::vector<std::uint32_t>{10});
  EXPECT_EQ(user->home, "/home/g");
}

TEST_F(FindUserTest, NumbersNeedNoEntry) {
  const auto user = find_user("5:7", layers_);
  ASSERT_TRUE(user.has_value());
  EXPECT_EQ(user->uid, 5U);
  EXPECT_EQ(user->gid, 7U);
  EXPECT_EQ(find_user("guest:tty", layers_)->gid, 5U);
}

TEST_F(FindUserTest, GuessesNothing) {
  for (const char* wrong : {"", ":", "1000:", ":5", "abc", "-1", "4294967295", "1000:xyz",
                            "guest:old", "0x10", "1000 "})
    EXPECT_FALSE(find_user(wrong, layers_).has_value()) << wrong;
}

TEST_F(FindUserTest, ALinkInALayerStaysInIt) {
  write("outside", "evil:x:0:0::/:/bin/sh\n");
  fs::remove(path_ + "/base/etc/passwd");
  fs::create_symlink(path_ + "/outside", path_ + "/base/etc/passwd");
  EXPECT_FALSE(find_user("evil", layers_).has_value());
}

RunPlan smallest_plan() {
  RunPlan plan;
  plan.id = "box";
  plan.hostname = "box";
  plan.layers = {"/a", "/b:c,d"};
  plan.command = {"true"};
  plan.working_directory = "/";
  return plan;
}

TEST(ConfigJson, IsWhatTheRuntimeUnderstands) {
  RunPlan plan = smallest_plan();
  plan.limits = {64 << 20, 50'000, 10};
  plan.user_namespace = true;
  plan.first_uid = plan.first_gid = 100'000;
  plan.id_count = 65'536;
  const auto config = oci::parse_config(config_json(plan));
  ASSERT_TRUE(config.has_value()) << config.error().message();
  EXPECT_EQ(config->linux_settings.resources.memory_limit, 64 << 20);
  EXPECT_EQ(config->linux_settings.uid_mappings.front().host_id, 100'000U);
  EXPECT_EQ(config->process.capabilities->bounding, 0xa80425fbU);
  EXPECT_EQ(config->process.capabilities->inheritable, 0U);
  EXPECT_TRUE(config->process.no_new_privileges);
}

TEST(ConfigJson, TheTopmostLayerComesFirstAndIsEscaped) {
  const auto config = oci::parse_config(config_json(smallest_plan()));
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->mounts.front().destination, "/");
  EXPECT_EQ(config->mounts.front().options.front(), "lowerdir=/b\\:c\\,d:/a");
}

} // namespace
} // namespace vitrine::cli
