// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/state_directory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include <unistd.h>

namespace vitrine::oci {
namespace {

namespace fs = std::filesystem;

class StateDirectoryTest : public testing::Test {
protected:
  StateDirectoryTest() {
    std::string pattern = fs::temp_directory_path() / "vitrine-state-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~StateDirectoryTest() override { fs::remove_all(path_); }

  std::string path_;
};

TEST_F(StateDirectoryTest, AnIdIsTakenOnce) {
  const auto root = StateDirectory::open(path_);
  ASSERT_TRUE(root.has_value());
  const auto first = root->create("box");
  ASSERT_TRUE(first.has_value());
  const auto second = root->create("box");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message(), "container box exists already");
}

TEST_F(StateDirectoryTest, ALivingContainerIsNotSwept) {
  const auto root = StateDirectory::open(path_);
  const auto container = root->create("alive");
  ASSERT_TRUE(container.has_value());
  root->sweep();
  EXPECT_TRUE(fs::exists(path_ + "/alive"));
}

TEST_F(StateDirectoryTest, ALeftoverIsSweptWithAllThatIsInIt) {
  const auto root = StateDirectory::open(path_);
  {
    const auto container = root->create("dead");
    ASSERT_TRUE(container.has_value());
    ASSERT_TRUE(container->make_subdirectory("upper", ::geteuid(), ::getegid()).has_value());
    ASSERT_TRUE(container->write_file("state.json", "{\"pid\": \"broken").has_value());
    fs::create_symlink(path_ + "/elsewhere", path_ + "/dead/upper/link");
  }
  fs::create_directory(path_ + "/elsewhere");
  root->sweep();
  EXPECT_FALSE(fs::exists(path_ + "/dead"));
}

TEST(ContainerId, IsANameAndNoPath) {
  EXPECT_TRUE(is_container_id("web-1_a+b.c"));
  for (const char* wrong : {"", ".", "..", ".hidden", "a/b", "../evil", "a b", "a\n"})
    EXPECT_FALSE(is_container_id(wrong)) << wrong;
  EXPECT_FALSE(is_container_id(std::string(129, 'a')));
}

TEST(ProcessStartTime, IsKnownForOneself) {
  EXPECT_TRUE(process_start_time(::getpid()).has_value());
  EXPECT_FALSE(process_start_time(-1).has_value());
}

} // namespace
} // namespace vitrine::oci
