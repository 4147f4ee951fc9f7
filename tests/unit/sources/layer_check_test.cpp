// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/layer_check.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fcntl.h>

namespace vitrine::tracer {
namespace {

class CheckLayer : public testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/layer_check_XXXXXX";
    directory_ = ::mkdtemp(name);
    std::filesystem::create_directories(directory_ / "a/b");
    std::ofstream(directory_ / "a/b/file") << "x";
    std::filesystem::create_symlink("/etc", directory_ / "link");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] LayerCheck check(std::uint64_t since_ns,
                                 std::chrono::milliseconds time = std::chrono::seconds(60)) const {
    return check_layer(UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY)), since_ns,
                       std::chrono::steady_clock::now() + time);
  }
  static std::uint64_t now() {
    return static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000;
  }

  std::filesystem::path directory_;
};

constexpr std::uint64_t kHour = 3'600'000'000'000;

TEST_F(CheckLayer, CountsEachFileOnceAndFollowsNoLink) {
  const LayerCheck found = check(now() + kHour);
  EXPECT_EQ(found.files, 5U);
  EXPECT_EQ(found.changed, 0U);
  EXPECT_TRUE(found.complete);
  EXPECT_GT(found.newest_ns, now() - kHour);
}

TEST_F(CheckLayer, FindsWhatChangedSince) {
  const LayerCheck found = check(now() - kHour);
  EXPECT_EQ(found.changed, 5U);
  EXPECT_EQ(found.changed_path, "/");
}

TEST_F(CheckLayer, SaysThatItHadNoTime) {
  for (int i = 0; i < 100; ++i)
    std::ofstream(directory_ / std::to_string(i)) << "x";
  EXPECT_FALSE(check(now(), std::chrono::milliseconds(0)).complete);
}

TEST_F(CheckLayer, KnowsNothingOfALayerOutOfReach) {
  const LayerCheck found =
      check_layer(UniqueFd(), 0, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  EXPECT_EQ(found.files, 0U);
  EXPECT_FALSE(found.complete);
}

} // namespace
} // namespace vitrine::tracer
