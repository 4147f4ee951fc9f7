// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/derive.h"
#include "userspace/query/object_type.h"

namespace vitrine::query {
namespace {

using objects::Interface;
using objects::NamespaceId;
using objects::NamespaceKind;
using objects::Network;

Value inode(const Network& network, const Lookup&) {
  return std::uint64_t{network.id.inode};
}

Value lives_in(const Network& network, const Lookup& lookup) {
  List names;
  if (const auto* host = lookup.initial(NamespaceKind::net);
      host != nullptr && host->id == network.id)
    names.emplace_back("host");
  for (const objects::ContainerId& id : network.containers)
    names.push_back(lookup.container_name(id));
  return names;
}

Value interfaces(const Network& network, const Lookup&) {
  List names;
  for (const Interface& interface : network.interfaces)
    names.push_back(interface.name);
  return names;
}

Value addresses(const Network& network, const Lookup&) {
  List all;
  for (const Interface& interface : network.interfaces)
    if (interface.name != "lo")
      all.insert(all.end(), interface.addresses.begin(), interface.addresses.end());
  return all;
}

Value gateway(const Network& network, const Lookup&) {
  List gateways;
  for (const objects::Route& route : network.routes)
    if (route.destination == "default" && route.gateway) gateways.push_back(*route.gateway);
  return gateways;
}

Value listening(const Network& network, const Lookup&) {
  List sockets;
  for (const objects::Listener& listener : network.listeners)
    sockets.push_back(fmt::format("{}:{}", listener.protocol, listener.port));
  return sockets;
}

Value rules(const Network& network, const Lookup&) {
  if (!network.nftables_rules || !network.iptables_rules) return {};
  return *network.nftables_rules + *network.iptables_rules;
}

/// The network namespace with the bridge that a veth of its leads to.
std::optional<std::size_t> parent(const Lookup& lookup, std::size_t row) {
  for (const Interface& interface : lookup.row<Network>(row).interfaces) {
    const Interface* peer = interface.peer ? lookup.interface(*interface.peer) : nullptr;
    if (peer != nullptr && peer->master)
      return lookup.index_of(
          lookup.find<Network>(NamespaceId{NamespaceKind::net, peer->id.network_namespace}));
  }
  return std::nullopt;
}

} // namespace

ObjectType networks_type() {
  ObjectType type;
  type.table = Table::networks;
  type.name = "networks";
  type.columns = columns_of<Network>(
      {computed("inode", Kind::number, "its number in /proc/PID/ns", inode),
       computed("lives_in", Kind::list, "host, or the containers that live in it", lives_in,
                {Table::containers, Table::namespaces}),
       computed("interfaces", Kind::list, "their names", interfaces),
       computed("addresses", Kind::list, "of all interfaces but lo", addresses),
       computed("gateway", Kind::list, "where the default routes lead", gateway),
       computed("listening", Kind::list, "PROTOCOL:PORT of sockets that wait", listening),
       computed("rules", Kind::number, "of nftables and iptables", rules)});
  type.usual = "id,lives_in,interfaces,addresses,gateway,rules,listening";
  type.in_tree = "id,lives_in,interfaces,addresses,gateway,rules,listening";
  type.trunk = "id";
  type.size = row_count<Network>;
  type.parent = parent;
  type.only = only_rows<Network>;
  return type;
}

} // namespace vitrine::query
