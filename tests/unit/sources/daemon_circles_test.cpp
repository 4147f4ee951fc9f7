// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/daemon_circles.h"

#include <gtest/gtest.h>

#include <bit>
#include <string_view>
#include <vector>

namespace vitrine::tracer {
namespace {

constexpr std::uint32_t kInit = 1;
constexpr std::uint32_t kDockerd = 100;
constexpr std::uint32_t kContainerd = 200;
constexpr std::uint32_t kShim = 300;
constexpr std::uint32_t kNscd = 400;
constexpr std::uint64_t kDockerAddress = 0xd0;
constexpr std::uint64_t kContainerdAddress = 0xc0;
constexpr std::uint64_t kShimAddress = 0x50;
constexpr std::uint64_t kNscdAddress = 0x40;

/// A host with its sockets, one after the other.
class Host {
public:
  Host& listens(std::uint32_t tgid, std::string_view comm, std::uint64_t address) {
    return add(tgid, comm, next_++, 0, address, true);
  }
  /// `client` holds a connection to `server`, who listens at `address`.
  Host& connected(std::uint32_t client, std::string_view client_comm, std::uint32_t server,
                  std::string_view server_comm, std::uint64_t address) {
    const std::uint64_t near = next_++;
    const std::uint64_t far = next_++;
    add(client, client_comm, near, far, 0, false);
    return add(server, server_comm, far, near, address, false);
  }
  [[nodiscard]] DaemonCircles circles(const std::set<std::uint32_t>& outsiders = {}) const {
    return daemon_circles(sockets_, outsiders);
  }

private:
  Host& add(std::uint32_t tgid, std::string_view comm, std::uint64_t socket, std::uint64_t peer,
            std::uint64_t address, bool listening) {
    vitrine_socket one = {};
    one.socket = socket;
    one.peer = peer;
    one.address = address;
    one.tgid = tgid;
    one.listens = listening ? 1 : 0;
    comm.copy(one.comm, sizeof one.comm);
    sockets_.push_back(one);
    return *this;
  }

  std::vector<vitrine_socket> sockets_;
  std::uint64_t next_ = 1;
};

Host docker_host() {
  Host host;
  host.listens(kNscd, "nscd", kNscdAddress)
      .listens(kDockerd, "dockerd", kDockerAddress)
      .listens(kContainerd, "containerd", kContainerdAddress)
      .listens(kShim, "containerd-shim", kShimAddress)
      .connected(kDockerd, "dockerd", kContainerd, "containerd", kContainerdAddress)
      .connected(kContainerd, "containerd", kShim, "containerd-shim", kShimAddress);
  return host;
}

TEST(DaemonCircles, HoldWhoTheServerSpeaksToAndSoOn) {
  const DaemonCircles circles = docker_host().circles();
  const std::uint64_t docker = circles.by_address.at(kDockerAddress);
  EXPECT_EQ(std::popcount(docker), 1);
  for (const std::uint32_t member : {kDockerd, kContainerd, kShim})
    EXPECT_TRUE(circles.by_process.at(member) & docker) << member;
  EXPECT_FALSE(circles.by_process.at(kNscd) & docker);
}

TEST(DaemonCircles, DoNotHoldTheServersOtherClients) {
  const DaemonCircles circles = docker_host().circles();
  const std::uint64_t containerd = circles.by_address.at(kContainerdAddress);
  EXPECT_FALSE(circles.by_process.at(kDockerd) & containerd);
  EXPECT_TRUE(circles.by_process.at(kShim) & containerd);
}

TEST(DaemonCircles, OfEnginesAreKnownAsSuch) {
  const DaemonCircles circles = docker_host().circles();
  EXPECT_TRUE(circles.by_address.at(kDockerAddress) & circles.engines);
  EXPECT_FALSE(circles.by_address.at(kNscdAddress) & circles.engines);
}

TEST(DaemonCircles, SocketThatInitHoldsForAServiceIsTheServices) {
  Host host;
  host.listens(kInit, "systemd", kDockerAddress).listens(kDockerd, "dockerd", kDockerAddress);
  const DaemonCircles circles = host.circles();
  EXPECT_FALSE(circles.by_process.contains(kInit));
  EXPECT_EQ(circles.by_process.at(kDockerd), circles.by_address.at(kDockerAddress));
}

TEST(DaemonCircles, ServiceThatIsNotYetStartedIsInits) {
  Host host;
  host.listens(kInit, "systemd", kDockerAddress);
  const DaemonCircles circles = host.circles();
  EXPECT_EQ(circles.by_process.at(kInit), circles.by_address.at(kDockerAddress));
}

TEST(DaemonCircles, WhoSpeaksToTheMessageBusSpeaksToInit) {
  Host host;
  host.listens(kDockerd, "dockerd", kDockerAddress)
      .listens(500, "dbus-daemon", 0xb0)
      .connected(kDockerd, "dockerd", 500, "dbus-daemon", 0xb0);
  const DaemonCircles circles = host.circles();
  EXPECT_TRUE(circles.by_process.at(kInit) & circles.by_address.at(kDockerAddress));
}

TEST(DaemonCircles, OutsidersAreInNone) {
  const DaemonCircles circles = docker_host().circles({kContainerd});
  EXPECT_FALSE(circles.by_process.contains(kContainerd));
  EXPECT_FALSE(circles.by_address.contains(kContainerdAddress));
}

TEST(DaemonCircles, MoreServersThanBitsShareTheLastCircle) {
  Host host;
  for (std::uint32_t server = 0; server < 100; ++server)
    host.listens(1000 + server, "server", 0x1000 + server);
  host.listens(kDockerd, "dockerd", kDockerAddress);
  const DaemonCircles circles = host.circles();
  EXPECT_EQ(circles.by_address.size(), 101U);
  EXPECT_EQ(circles.by_address.at(kDockerAddress), 1U) << "engines come first";
  std::size_t in_last = 0;
  for (const auto& [process, mask] : circles.by_process)
    in_last += (mask >> VITRINE_LAST_CIRCLE) & 1;
  EXPECT_EQ(in_last, 101U - VITRINE_LAST_CIRCLE);
}

} // namespace
} // namespace vitrine::tracer
