// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/look_up.h"

#include "tests/unit/sources/engines/host_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::engines {
namespace {

const std::string kOwnLayer =
    "/var/lib/docker/overlay2/698d9c78d2c586a5fdcb157b2e3b166aeb1dc20d38ff47e02cf85588ef7b7e7c";
const std::string kConfig = "/var/lib/docker/containers/" + kWeb + "/config.v2.json";

class EngineFiles : public testing::Test {
protected:
  EngineFiles() { tree_.copy_fixture(); }

  [[nodiscard]] std::vector<ContainerNote> found(const ContainerHint& hint) const {
    return look_up(tree_.host(), hint).notes;
  }
  /// The only container that is found; a note without anything when it is not the only one.
  [[nodiscard]] ContainerNote only(const ContainerHint& hint) const {
    const auto notes = found(hint);
    EXPECT_EQ(notes.size(), 1U) << hint.id;
    return notes.size() == 1 ? notes.front() : ContainerNote();
  }

  HostTree tree_;
};

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::string layer_name(const ContainerNote& note, std::string_view directory) {
  for (const events::LayerName& layer : note.layers)
    if (layer.directory == directory) return layer.name;
  return "none";
}

TEST_F(EngineFiles, DockerIsToldWhole) {
  const ContainerNote note = only(hint("docker", kWeb));
  EXPECT_EQ(note.engine, "docker");
  EXPECT_EQ(note.id, kWeb);
  EXPECT_EQ(note.name, "web");
  EXPECT_EQ(note.image, "shop:2");
  EXPECT_EQ(note.init_pid, 1973U);
  EXPECT_EQ(note.error, "");
  for (const std::string& directory :
       {kOwnLayer, kOwnLayer + "-init", std::string("/run/docker/netns/9ba58e7275b3"),
        "/var/lib/docker/containers/" + kWeb,
        "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" + kWeb})
    EXPECT_TRUE(has(note.directories, directory)) << directory;
}

TEST_F(EngineFiles, DockersLayersHaveTheNamesThatMountsUse) {
  const ContainerNote note = only(hint("docker", kWeb));
  const std::string links = "/var/lib/docker/overlay2/l/";
  EXPECT_EQ(layer_name(note, links + "EACDKJ6EUKSN7V5OAEPG63ORTD"), "container layer");
  EXPECT_EQ(layer_name(note, links + "FJGZOG3SWTSNPSDZMAJ6ELQ3KS"), "init layer");
  EXPECT_EQ(layer_name(note, links + "IT57KGS26PLW635DKZI4WB4QK3"),
            "shop:2 layer 2 (ca6cbebf9fc4)");
  EXPECT_EQ(layer_name(note, links + "VTGYMR7KAXAA5KZNMCZHW2GUEM"),
            "shop:2 layer 1 (1204398bc444)");
  EXPECT_EQ(layer_name(note, kOwnLayer + "/diff"), "container layer");
}

TEST_F(EngineFiles, AContainerIsFoundByIdByNameAndByItsFirstDigits) {
  EXPECT_EQ(only(hint("", kWeb)).name, "web");
  EXPECT_EQ(only(hint("", kWeb.substr(0, 12))).name, "web");
  EXPECT_EQ(only(hint("docker", "web")).id, kWeb);
  EXPECT_EQ(only(hint("docker", "b4a")).id, kWeb);
  EXPECT_TRUE(found(hint("podman", "web")).empty());
}

TEST_F(EngineFiles, ARuntimesIdIsNoOtherEnginesName) {
  EXPECT_TRUE(found(hint("", "web")).empty());
  ContainerHint request = hint("", "web");
  request.socket = "/run/docker.sock";
  EXPECT_EQ(only(request).id, kWeb);
}

TEST_F(EngineFiles, DockersDataIsFoundWhereItsCommandLineSays) {
  tree_.move("/var/lib/docker", "/srv/data");
  EXPECT_NE(only(hint("", kWeb)).name, "web"); // only its bundle is left
  tree_.replace("/proc/17022/cmdline", "/var/lib/docker", "/srv/data");
  EXPECT_EQ(only(hint("", kWeb)).name, "web");
}

TEST_F(EngineFiles, DockersDataIsFoundWhereItsConfigurationSays) {
  tree_.move("/var/lib/docker", "/srv/data");
  tree_.write("/proc/17022/cmdline", std::string_view("dockerd\0", 8));
  tree_.write("/etc/docker/daemon.json", R"({"data-root": "/srv/data"})");
  EXPECT_EQ(only(hint("", kWeb)).name, "web");
}

TEST_F(EngineFiles, DockersDataIsFoundByADirectoryInTheHint) {
  tree_.move("/var/lib/docker", "/srv/data");
  ContainerHint asked = hint("", kWeb);
  for (const char* directory : {"/srv/data", "/srv/data/overlay2/0b6f36/merged"}) {
    asked.directories = {directory};
    EXPECT_EQ(only(asked).name, "web") << directory;
  }
}

TEST_F(EngineFiles, ADeadProcessIsNoInit) {
  tree_.remove("/proc/1973");
  EXPECT_EQ(only(hint("docker", kWeb)).init_pid, 0U);
  EXPECT_EQ(only(hint("docker", kWeb)).name, "web");
}

TEST_F(EngineFiles, AProcessThatGotAnOldPidIsNoInit) {
  tree_.write("/proc/1973/cgroup", "0::/docker/" + kWebDb + "\n");
  EXPECT_EQ(only(hint("docker", kWeb)).init_pid, 0U);
  tree_.replace("/proc/2137/stat", ") S ", ") S 1 ");
  EXPECT_EQ(only(hint("", "runc-box")).init_pid, 0U);
}

TEST_F(EngineFiles, AConfigurationOfAnotherContainerIsNotBelieved) {
  tree_.replace(kConfig, "\"ID\":\"b4", "\"ID\":\"c4");
  const ContainerNote note = only(hint("docker", kWeb));
  EXPECT_EQ(note.name, "");
  EXPECT_NE(note.error.find("is of another container"), std::string::npos) << note.error;
}

TEST_F(EngineFiles, BrokenStateIsAnErrorOfItsContainerOnly) {
  for (const std::string& text :
       {std::string("{\"ID\": "), std::string(200'000, '['), std::string(kFileLimit + 1, ' ')}) {
    tree_.write(kConfig, text);
    EXPECT_NE(only(hint("docker", kWeb)).error, "");
    EXPECT_EQ(only(hint("docker", kWebDb)).name, "web-db");
  }
  tree_.make_fifo(kConfig);
  EXPECT_NE(only(hint("docker", kWeb)).error, "");
}

TEST_F(EngineFiles, ALayerThatIsItsOwnParentEnds) {
  const std::string entry = "/var/lib/docker/image/overlay2/layerdb/sha256/"
                            "1204398bc444a2da5ed06529b6bb0d2dd7a903bc9984bb52aa58648e3cc41167/";
  tree_.write(entry + "parent",
              "sha256:1204398bc444a2da5ed06529b6bb0d2dd7a903bc9984bb52aa58648e3cc41167");
  EXPECT_EQ(only(hint("docker", kWeb)).name, "web");
}

TEST_F(EngineFiles, ALayersNameLeadsNowhereElse) {
  tree_.write("/var/lib/docker/image/overlay2/layerdb/mounts/" + kWeb + "/mount-id", "../../etc");
  for (const std::string& directory : only(hint("docker", kWeb)).directories)
    EXPECT_EQ(directory.find(".."), std::string::npos) << directory;
}

TEST_F(EngineFiles, PodmanIsToldWhole) {
  const ContainerNote note = only(hint("podman", "pod-web"));
  const std::string storage = "/var/lib/containers/storage/";
  EXPECT_EQ(note.engine, "podman");
  EXPECT_EQ(note.id, kPod);
  EXPECT_EQ(note.image, "localhost/shop:2");
  EXPECT_EQ(note.init_pid, 2036U);
  EXPECT_EQ(note.error, "");
  const std::string own =
      storage + "overlay/97320e3a819f44c775491fb011b7a6c443a90e8713deae5d68316da889f48b77";
  for (const std::string& directory : {own, storage + "overlay-containers/" + kPod,
                                       "/run/containers/storage/overlay-containers/" + kPod})
    EXPECT_TRUE(has(note.directories, directory)) << directory;
  EXPECT_EQ(layer_name(note, own + "/diff"), "container layer");
  EXPECT_EQ(layer_name(note, storage + "overlay/l/PQCVLS7X6QON5EALLDWMUQKM7K"),
            "localhost/shop:2 layer 2 (0bc5d8b2c0d8)");
  EXPECT_EQ(layer_name(note, storage + "overlay/l/DX7DXVQPGDEITXKYNUGZ5AW4H2"),
            "localhost/shop:2 layer 1 (1204398bc444)");
}

TEST_F(EngineFiles, PodmansStorageIsFoundByItsMonitor) {
  tree_.move("/var/lib/containers/storage", "/srv/pods");
  tree_.remove("/proc/20470"); // its service, which tells it too
  tree_.replace("/proc/2025/cmdline", "-b",
                std::string_view("-b\0/srv/pods/overlay-containers/x/userdata\0-B", 45));
  EXPECT_EQ(only(hint("", kPod)).name, "pod-web");
}

TEST_F(EngineFiles, RootlessStorageIsFoundByWhoRunsAProcess) {
  tree_.move("/var/lib/containers/storage", "/home/ana/.local/share/containers/storage");
  tree_.remove("/proc/20470");
  tree_.remove("/proc/2025");
  tree_.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n");
  tree_.write("/proc/77/status", "Name:\tsh\nUid:\t1000\t1000\t1000\t1000\n");
  ContainerHint asked = hint("", kPod);
  EXPECT_TRUE(found(asked).empty());
  asked.pid = 77;
  EXPECT_EQ(only(asked).name, "pod-web");
}

TEST_F(EngineFiles, BrokenStorageIsAnError) {
  tree_.write("/var/lib/containers/storage/overlay-containers/containers.json", "[{]");
  tree_.remove("/var/lib/containers/storage/overlay-containers/volatile-containers.json");
  const Findings findings = look_up(tree_.host(), hint("podman", kPod));
  EXPECT_TRUE(findings.notes.empty());
  ASSERT_EQ(findings.errors.size(), 1U);
  EXPECT_NE(findings.errors[0].find("containers.json"), std::string::npos);
}

TEST_F(EngineFiles, ContainerdKnowsIdPidAndDirectories) {
  const ContainerNote note = only(hint("containerd", "ctr-web"));
  EXPECT_EQ(note.engine, "containerd");
  EXPECT_EQ(note.init_pid, 25836U);
  EXPECT_EQ(note.name, "ctr-web"); // ctr(8) has no other names
  const std::string bundle = "/run/containerd/io.containerd.runtime.v2.task/default/ctr-web";
  EXPECT_EQ(note.directories, (std::vector<std::string>{bundle, bundle + "/rootfs"}));
}

TEST_F(EngineFiles, ContainerdIsFoundByTheWorkingDirectoryOfAShim) {
  tree_.move("/run/containerd", "/srv/state");
  EXPECT_TRUE(found(hint("containerd", "ctr-web")).empty());
  tree_.link("/srv/state/io.containerd.runtime.v2.task/default/ctr-web", "/proc/2083/cwd");
  EXPECT_EQ(only(hint("containerd", "ctr-web")).init_pid, 25836U);
}

TEST_F(EngineFiles, KubernetesNamesAreRead) {
  const std::string id(64, 'c');
  tree_.write("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + id + "/config.json", R"({
    "root": {"path": "rootfs"}, "annotations": {
      "io.kubernetes.cri.container-name": "nginx",
      "io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.image-name": "docker.io/library/nginx:1.25",
      "io.kubernetes.cri.sandbox-name": "web-0",
      "io.kubernetes.cri.sandbox-namespace": "shop"}})");
  const ContainerNote note = only(hint("", id));
  EXPECT_EQ(note.name, "shop/web-0/nginx");
  EXPECT_EQ(note.image, "docker.io/library/nginx:1.25");
  EXPECT_EQ(note.engine, "containerd");
}

TEST_F(EngineFiles, CrioSharesPodmansStorageAndIsToldApart) {
  const std::string id(64, 'd');
  tree_.write("/var/lib/containers/storage/overlay-containers/containers.json",
              R"([{"id": ")" + id + R"(", "names": ["k8s_nginx_web-0_shop_1_0"], "layer": "none",
                   "metadata": "{\"pod-id\": \"1\", \"image-name\": \"nginx:1.25\"}"}])");
  tree_.write("/run/containers/storage/overlay-containers/" + id + "/userdata/config.json", R"({
    "annotations": {"io.container.manager": "cri-o", "io.kubernetes.container.name": "nginx",
                    "io.kubernetes.pod.name": "web-0", "io.kubernetes.pod.namespace": "shop"}})");
  const ContainerNote note = only(hint("", id));
  EXPECT_EQ(note.engine, "cri-o");
  EXPECT_EQ(note.name, "shop/web-0/nginx");
  EXPECT_EQ(note.image, "nginx:1.25");
}

TEST_F(EngineFiles, RuntimesKnowIdAndPid) {
  EXPECT_EQ(only(hint("", "runc-box")).init_pid, 2137U);
  EXPECT_EQ(only(hint("", "crun-box")).init_pid, 2472U);
  for (const char* id : {"runc-box", "crun-box"}) {
    const ContainerNote note = only(hint("", id));
    EXPECT_EQ(note.engine, "oci");
    EXPECT_EQ(note.name, "");
    EXPECT_TRUE(has(note.directories, "/srv/bundle")) << id;
    EXPECT_TRUE(has(note.directories, "/srv/bundle/rootfs")) << id;
  }
}

TEST_F(EngineFiles, ARuntimesRootIsFoundByADirectoryInTheHint) {
  tree_.move("/run/runc", "/srv/state");
  ContainerHint asked = hint("", "runc-box");
  EXPECT_TRUE(found(asked).empty());
  asked.directories = {"/srv/state"};
  EXPECT_EQ(only(asked).init_pid, 2137U);
}

TEST_F(EngineFiles, LxcNspawnAndVitrineNameWhatTheyRun) {
  const ContainerNote lxc = only(hint("lxc", "box"));
  EXPECT_EQ(lxc.init_pid, 2121U);
  EXPECT_EQ(lxc.directories,
            (std::vector<std::string>{"/var/lib/lxc/box", "/var/lib/lxc/box/rootfs"}));
  const ContainerNote nspawn = only(hint("systemd-nspawn", "nsbox"));
  EXPECT_EQ(nspawn.init_pid, 2146U);
  EXPECT_EQ(nspawn.directories, (std::vector<std::string>{"/srv/nsbox"}));
  const ContainerNote vitrine = only(hint("vitrine", "vbox"));
  EXPECT_EQ(vitrine.init_pid, 9812U);
  EXPECT_EQ(vitrine.directories, (std::vector<std::string>{"/var/lib/vitrine/containers/vbox"}));
}

TEST_F(EngineFiles, OfAnLxcOverlayOnlyTheUpperDirectoryIsItsOwn) {
  tree_.write("/var/lib/lxc/box/config", "lxc.rootfs.path = overlay:/srv/base:/srv/box/delta\n");
  EXPECT_EQ(only(hint("lxc", "box")).directories,
            (std::vector<std::string>{"/var/lib/lxc/box", "/srv/box/delta"}));
}

TEST_F(EngineFiles, AMachineThatIsRegisteredHasItsLeader) {
  tree_.remove("/proc/2143");
  tree_.write("/run/systemd/machines/nsbox",
              "NAME=nsbox\nCLASS=container\nSERVICE=systemd-nspawn\nROOT=/srv/m\nLEADER=2146\n");
  tree_.write("/run/systemd/machines/vm", "NAME=vm\nSERVICE=libvirt-qemu\nLEADER=1\n");
  const ContainerNote note = only(hint("systemd-nspawn", "nsbox"));
  EXPECT_EQ(note.init_pid, 2146U);
  EXPECT_EQ(note.directories, (std::vector<std::string>{"/srv/m"}));
  EXPECT_TRUE(found(hint("systemd-nspawn", "vm")).empty());
}

TEST_F(EngineFiles, HintsThatAreNoNamesFindNothing) {
  for (const char* id : {"../web", "/", ".", "b4ae/../b4ae", "web\n"})
    EXPECT_TRUE(found(hint("docker", id)).empty()) << id;
}

TEST_F(EngineFiles, TheApiIsOnlyWhereADaemonRuns) {
  EXPECT_EQ(api_sockets(tree_.host()),
            (std::vector<std::string>{"/run/docker.sock", "/run/podman/podman.sock"}));
  tree_.remove("/proc/17022");
  tree_.remove("/proc/20470");
  EXPECT_TRUE(api_sockets(tree_.host()).empty());
}

} // namespace
} // namespace vitrine::engines
