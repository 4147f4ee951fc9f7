// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/describe.h"
#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::objects {

/// A network interface: rtnetlink(7).
struct Interface {
  InterfaceId id;
  std::string name;
  std::optional<std::string> kind; ///< "veth", "bridge", "vlan", …; none of hardware
  bool up = false;
  std::uint32_t mtu = 0;
  std::optional<std::string> hardware_address;
  std::vector<std::string> addresses; ///< "172.17.0.2/16"
  std::optional<InterfaceId> peer;    ///< of a veth
  std::optional<InterfaceId> master;  ///< the bridge or bond that it is a port of
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  friend bool operator==(const Interface&, const Interface&) = default;
};

struct Route {
  std::string destination; ///< "default" or "10.0.0.0/8"
  std::optional<std::string> gateway, interface, source;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  friend bool operator==(const Route&, const Route&) = default;
};

/// A socket that waits for connections or datagrams.
struct Listener {
  std::string protocol; ///< "tcp" "tcp6" "udp" "udp6"
  std::string address;
  std::uint32_t port = 0;
  std::uint64_t inode = 0;
  std::optional<ProcessId> process; ///< that has it open; the oldest of several
  std::optional<ContainerId> container;
  friend bool operator==(const Listener&, const Listener&) = default;
};

/// What one network namespace has.
struct Network {
  NamespaceId id;
  std::vector<ContainerId> containers; ///< that live in it
  std::vector<Interface> interfaces;   ///< by index
  std::vector<Route> routes;
  std::vector<Listener> listeners;
  std::optional<std::uint64_t> nftables_rules, iptables_rules;
  friend bool operator==(const Network&, const Network&) = default;
};

template<>
struct Description<Interface> {
  using T = Interface;
  static constexpr std::string_view name = "interface";
  static constexpr std::string_view doc = "A network interface.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "NETWORK-NAMESPACE-INODE/INDEX"},
                 Field{"name", &T::name, ""},
                 Field{"kind", &T::kind, "null: hardware"},
                 Field{"up", &T::up, ""},
                 Field{"mtu", &T::mtu, ""},
                 Field{"hardware_address", &T::hardware_address, ""},
                 Field{"addresses", &T::addresses, ""},
                 Field{"peer", &T::peer, "of a veth"},
                 Field{"master", &T::master, "the bridge or bond that it is a port of"},
                 Field{"received_bytes", &T::received_bytes, ""},
                 Field{"sent_bytes", &T::sent_bytes, ""}};
};

template<>
struct Description<Route> {
  using T = Route;
  static constexpr std::string_view name = "route";
  static constexpr std::string_view doc = "A route.";
  static constexpr auto fields = std::tuple{Field{"destination", &T::destination, ""},
                                            Field{"gateway", &T::gateway, ""},
                                            Field{"interface", &T::interface, ""},
                                            Field{"source", &T::source, ""},
                                            Field{"table", &T::table, ""},
                                            Field{"metric", &T::metric, ""}};
};

template<>
struct Description<Listener> {
  using T = Listener;
  static constexpr std::string_view name = "listener";
  static constexpr std::string_view doc = "A socket that waits for connections or datagrams.";
  static constexpr auto fields =
      std::tuple{Field{"protocol", &T::protocol, ""},
                 Field{"address", &T::address, ""},
                 Field{"port", &T::port, ""},
                 Field{"inode", &T::inode, ""},
                 Field{"process", &T::process, "the oldest that has it open"},
                 Field{"container", &T::container, ""}};
};

template<>
struct Description<Network> {
  using T = Network;
  static constexpr std::string_view name = "network";
  static constexpr std::string_view doc = "What one network namespace has.";
  static constexpr auto fields =
      std::tuple{Field{"id", &T::id, "net:[INODE]"},
                 Field{"containers", &T::containers, "that live in it"},
                 Field{"interfaces", &T::interfaces, ""},
                 Field{"routes", &T::routes, ""},
                 Field{"listeners", &T::listeners, ""},
                 Field{"nftables_rules", &T::nftables_rules, ""},
                 Field{"iptables_rules", &T::iptables_rules, "of the legacy tables"}};
};

} // namespace vitrine::objects
