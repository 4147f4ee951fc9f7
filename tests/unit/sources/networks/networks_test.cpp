// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/networks.h"

#include "userspace/sources/networks/peers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace vitrine::networks {
namespace {

using objects::InterfaceId;

Link veth(std::uint32_t space, std::uint32_t index, std::optional<std::uint32_t> peer,
          std::optional<std::int32_t> peer_space) {
  Link link;
  link.interface.id = {space, index};
  link.interface.kind = "veth";
  link.peer_index = peer;
  link.peer_namespace = peer_space;
  return link;
}

/// Namespace 10 knows 20 as 0 and 30 as 1; those know 10 as 0.
std::optional<std::int32_t> number(std::uint32_t from, std::uint32_t of) {
  if (from == 10) return of == 20 ? 0 : 1;
  return of == 10 ? std::optional(0) : std::nullopt;
}

TEST(Peers, AreFoundByIndexAndNamespace) {
  std::vector<Link> links = {veth(10, 5, 2, 0), veth(10, 6, 2, 1), veth(20, 2, 5, 0),
                             veth(30, 2, 6, 0)};
  join_peers(links, number);
  EXPECT_EQ(links[0].interface.peer, (InterfaceId{20, 2}));
  EXPECT_EQ(links[1].interface.peer, (InterfaceId{30, 2}));
  EXPECT_EQ(links[2].interface.peer, (InterfaceId{10, 5}));
  EXPECT_EQ(links[3].interface.peer, (InterfaceId{10, 6}));
}

TEST(Peers, OfTheSameIndexAreFoundThoughTheKernelDoesNotSayIt) {
  std::vector<Link> links = {veth(10, 2, std::nullopt, 0), veth(20, 2, std::nullopt, 0)};
  join_peers(links, number);
  EXPECT_EQ(links[0].interface.peer, (InterfaceId{20, 2}));
  EXPECT_EQ(links[1].interface.peer, (InterfaceId{10, 2}));
}

TEST(Peers, OfOneNamespaceHaveNoNumber) {
  std::vector<Link> links = {veth(10, 5, 6, std::nullopt), veth(10, 6, 5, std::nullopt)};
  join_peers(links, number);
  EXPECT_EQ(links[0].interface.peer, (InterfaceId{10, 6}));
  EXPECT_EQ(links[1].interface.peer, (InterfaceId{10, 5}));
}

TEST(Peers, ThatAreOutOfSightAreNotGuessed) {
  std::vector<Link> links = {veth(10, 5, 2, 7), veth(20, 2, 5, 0)};
  join_peers(links, number);
  EXPECT_FALSE(links[0].interface.peer);
}

/// The namespace that this process is in, which takes no privileges.
TEST(Networks, ReadsItsOwnNamespace) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(socket, 1), 0);
  ASSERT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), 0);
  struct stat status = {};
  ASSERT_EQ(::fstat(socket, &status), 0);

  std::vector<Door> doors(1);
  doors[0].fd.reset(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  struct stat own = {};
  ASSERT_EQ(::fstat(doors[0].fd.get(), &own), 0);
  doors[0].id = {objects::NamespaceKind::net, static_cast<std::uint32_t>(own.st_ino)};
  const Readings readings = read(doors);
  ::close(socket);
  ASSERT_EQ(readings.networks.size(), 1U);
  const objects::Network& network = readings.networks.front();
  const auto loopback = std::ranges::find(network.interfaces, "lo", &objects::Interface::name);
  ASSERT_NE(loopback, network.interfaces.end());
  EXPECT_EQ(loopback->addresses.front(), "127.0.0.1/8");
  const auto listener =
      std::ranges::find(network.listeners, std::uint64_t{status.st_ino}, &objects::Listener::inode);
  ASSERT_NE(listener, network.listeners.end());
  EXPECT_EQ(listener->protocol, "tcp");
  EXPECT_EQ(listener->address, "127.0.0.1");
  EXPECT_EQ(listener->port, ntohs(address.sin_port));
}

} // namespace
} // namespace vitrine::networks
