// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engines.h"

#include "tests/unit/sources/engines/host_tree.h"

#include <gtest/gtest.h>

namespace vitrine::engines {
namespace {

class EngineContainers : public testing::Test {
protected:
  EngineContainers() { tree_.copy_fixture(); }

  HostTree tree_;
};

TEST_F(EngineContainers, AllAreListedOnce) {
  std::vector<std::string> listed;
  for (const events::ContainerNote& note : all(tree_.root()))
    listed.push_back(note.engine + " " + (note.name.empty() ? note.id : note.name));
  EXPECT_EQ(listed,
            (std::vector<std::string>{"containerd ctr-web", "docker web-db", "docker web",
                                      "lxc box", "oci crun-box", "oci runc-box", "podman pod-web",
                                      "systemd-nspawn nsbox", "vitrine vbox"}));
}

TEST_F(EngineContainers, ANameMeansOneAlthoughItBeginsAnother) {
  EXPECT_EQ(find("web", tree_.root()).value().init_pid, 1973U);
  EXPECT_EQ(find("web-db", tree_.root()).value().id, kWebDb);
  EXPECT_EQ(find("ecef", tree_.root()).value().name, "pod-web");
  EXPECT_EQ(find("ctr-web", tree_.root()).value().engine, "containerd");
}

TEST_F(EngineContainers, AnAmbiguousNameIsAnErrorThatTellsWhich) {
  tree_.replace("/var/lib/containers/storage/overlay-containers/containers.json", "pod-web", "web");
  const auto found = find("web", tree_.root());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().message(),
            "\"web\" means more than one container: docker web (b4ae0b91e136), podman web "
            "(ecef32917ba4)");
  EXPECT_NE(found.error().hint, "");
}

TEST_F(EngineContainers, AnAbsentNameIsAnErrorWithWhatIsNear) {
  tree_.remove("/proc/17022");
  tree_.remove("/proc/20470");
  const auto found = find("web-bd", tree_.root());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().message(), "no container is called \"web-bd\"");
  EXPECT_NE(found.error().hint.find("did you mean docker web-db (03c15463a349)"), std::string::npos)
      << found.error().hint;
  EXPECT_EQ(find("a\x1b[2Jb", tree_.root()).error().message(),
            "no container is called \"a\\e[2Jb\"");
}

TEST(EngineContainersOfNobody, AreNoneAndThatIsSaid) {
  const HostTree tree;
  EXPECT_TRUE(all(tree.root()).empty());
  EXPECT_EQ(find("web", tree.root()).error().hint, "no engine here knows any container");
  EXPECT_FALSE(find("", tree.root()).has_value());
}

} // namespace
} // namespace vitrine::engines
