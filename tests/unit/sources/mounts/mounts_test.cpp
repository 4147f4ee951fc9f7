// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/mounts.h"

#include "userspace/sources/mounts/overlay_layers.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace vitrine::mounts {
namespace {

namespace fs = std::filesystem;
using objects::NamespaceKind;

/// A made /proc, gone with the object.
class Tree {
public:
  Tree() {
    std::string name = ::testing::TempDir() + "mountsXXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root_); }

  void task(const std::string& directory, std::uint32_t mount_namespace, const std::string& root,
            const std::string& mountinfo) const {
    fs::create_directories(path(directory + "/ns"));
    fs::create_symlink("mnt:[" + std::to_string(mount_namespace) + "]",
                       path(directory + "/ns/mnt"));
    fs::create_symlink(root, path(directory + "/root"));
    std::ofstream(path(directory + "/mountinfo")) << mountinfo;
  }
  [[nodiscard]] std::string path(const std::string& name = "") const { return root_ + "/" + name; }

private:
  std::string root_;
};

objects::Process process(std::uint32_t pid, std::uint32_t mount_namespace) {
  objects::Process process;
  process.id = {pid, 1};
  process.namespaces.mnt = mount_namespace;
  return process;
}

Readings read_tree(const Tree& tree, const std::vector<objects::Process>& processes) {
  const auto found = read(processes, {tree.path(), false});
  if (!found) {
    ADD_FAILURE() << found.error().message();
    return {};
  }
  return *found;
}

std::vector<std::string> ids_of(const Readings& found) {
  std::vector<std::string> ids;
  for (const objects::Mount& mount : found.mounts)
    ids.push_back(to_text(mount.id));
  return ids;
}

using Texts = std::vector<std::string>;
constexpr const char* kTwo = "3 1 0:2 / /b rw - tmpfs t rw\n2 1 0:1 / / rw - tmpfs t rw\n";

TEST(Mounts, AreReadOnceOfEveryNamespaceByIdentity) {
  const Tree tree;
  tree.task("10", 200, "/", kTwo);
  tree.task("11", 200, "/", "not understood, but not needed either");
  tree.task("12", 100, "/", kTwo);
  const Readings found = read_tree(tree, {process(10, 200), process(11, 200), process(12, 100)});
  EXPECT_EQ(ids_of(found), (Texts{"100:2", "100:3", "200:2", "200:3"}));
  EXPECT_EQ(found.sources, Texts{"/proc/PID/mountinfo"});
  EXPECT_TRUE(found.errors.empty());
}

TEST(Mounts, OfANamespaceThatOnlyAThreadLivesInAreReadToo) {
  const Tree tree;
  tree.task("10", 200, "/", kTwo);
  tree.task("10/task/11", 300, "/", "9 1 0:1 / / rw - tmpfs t rw\n");
  objects::Process with_thread = process(10, 200);
  with_thread.threads.emplace_back().tid = 11;
  with_thread.threads.back().namespaces.mnt = 300;
  EXPECT_EQ(ids_of(read_tree(tree, {with_thread})), (Texts{"200:2", "200:3", "300:9"}));
}

TEST(Mounts, AreNotReadOfAProcessThatSeesOnlyAPart) {
  const Tree tree;
  tree.task("10", 200, "/srv/chroot", "8 1 0:1 / / rw - tmpfs t rw\n");
  tree.task("11", 200, "/", kTwo);
  EXPECT_EQ(ids_of(read_tree(tree, {process(10, 200), process(11, 200)})),
            (Texts{"200:2", "200:3"}));
}

TEST(Mounts, WhoHasGoneOrMovedIsNoError) {
  const Tree tree;
  tree.task("10", 201, "/", kTwo);
  const Readings found = read_tree(tree, {process(10, 200), process(11, 300)});
  EXPECT_TRUE(found.mounts.empty());
  EXPECT_TRUE(found.errors.empty());
}

TEST(Mounts, NamespacesThatNothingLeadsToAreCounted) {
  const Tree tree;
  tree.task("10", 200, "/",
            "2 1 0:1 / / rw - tmpfs t rw\n3 2 0:4 mnt:[500] /n rw - nsfs nsfs rw\n");
  objects::Process sender = process(10, 200);
  sender.namespace_files.emplace().push_back({5, {NamespaceKind::mnt, 600}, false, true});
  const Readings found = read_tree(tree, {sender});
  ASSERT_EQ(found.errors.size(), 1U);
  EXPECT_EQ(found.errors.front().source, "mount namespace");
  EXPECT_EQ(found.errors.front().count, 2U);
}

TEST(Mounts, WithoutProcIsAnError) {
  EXPECT_FALSE(read({}, {"/nonexistent", false}).has_value());
}

objects::LayerId id_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return {major(status.st_dev), minor(status.st_dev), status.st_ino};
}

objects::Mount overlay_at(objects::MountId id, const std::string& mount_point) {
  objects::Mount mount;
  mount.id = id;
  mount.mount_point = mount_point;
  mount.overlay.emplace();
  mount.overlay->lower = {"/l1", "/l2"};
  mount.overlay->upper = "/u";
  return mount;
}

class OverlayLayers : public ::testing::Test {
protected:
  OverlayLayers() {
    for (const char* name : {"host/l1", "host/l2", "host/u", "container/l1"})
      fs::create_directories(tree_.path(name));
  }
  [[nodiscard]] Roots roots() const {
    return {{1, tree_.path("host")}, {2, tree_.path("container")}};
  }
  Tree tree_;
};

TEST_F(OverlayLayers, AreSeenFromWhereItIsMountedNotAsRoot) {
  std::vector<objects::Mount> mounts{overlay_at({1, 50}, "/merged"), overlay_at({2, 70}, "/")};
  find_layers(mounts, roots(), 1);
  for (const objects::Mount& mount : mounts) {
    EXPECT_EQ(mount.overlay->lower_layers,
              (std::vector{id_of(tree_.path("host/l1")), id_of(tree_.path("host/l2"))}));
    EXPECT_EQ(mount.overlay->upper_layer, id_of(tree_.path("host/u")));
  }
}

TEST_F(OverlayLayers, StayUnknownWhenNotAllCanBeReached) {
  std::vector<objects::Mount> mounts{overlay_at({2, 70}, "/merged")};
  find_layers(mounts, {{2, tree_.path("container")}}, 1);
  EXPECT_TRUE(mounts.front().overlay->lower_layers.empty());
  EXPECT_EQ(mounts.front().overlay->upper_layer, std::nullopt);
}

TEST_F(OverlayLayers, WithRelativeNamesStayUnknown) {
  std::vector<objects::Mount> mounts{overlay_at({1, 50}, "/merged")};
  mounts.front().overlay->lower = {"l1", "/l2"};
  find_layers(mounts, roots(), 1);
  EXPECT_TRUE(mounts.front().overlay->lower_layers.empty());
  EXPECT_EQ(mounts.front().overlay->upper_layer, id_of(tree_.path("host/u")));
}

TEST_F(OverlayLayers, NoLinkLeadsOutOfTheirNamespace) {
  fs::create_symlink("/l1", tree_.path("host/link"));
  std::vector<objects::Mount> mounts{overlay_at({1, 50}, "/merged")};
  mounts.front().overlay->lower = {"/link"};
  find_layers(mounts, roots(), 1);
  EXPECT_EQ(mounts.front().overlay->lower_layers, std::vector{id_of(tree_.path("host/l1"))});
}

} // namespace
} // namespace vitrine::mounts
