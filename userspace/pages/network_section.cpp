// SPDX-License-Identifier: Apache-2.0
#include "userspace/pages/sections.h"

#include <fmt/ranges.h>

namespace vitrine::pages {
namespace {

using objects::Interface;
using objects::Listener;
using objects::NamespaceId;
using objects::NamespaceKind;

/// "veth12 in net:[4026531840], the host's"
std::string peer_words(const objects::InterfaceId& id, const query::Lookup& lookup) {
  const Interface* peer = lookup.interface(id);
  const std::string name = peer != nullptr ? peer->name : fmt::format("interface {}", id.index);
  std::string words =
      name + " in " +
      namespace_words(NamespaceId{NamespaceKind::net, id.network_namespace}, lookup);
  if (peer == nullptr || !peer->master) return words;
  const Interface* bridge = lookup.interface(*peer->master);
  return bridge != nullptr ? words + ", a port of " + bridge->name : words;
}

std::string interface_words(const Interface& interface, const query::Lookup& lookup) {
  std::vector<std::string> words = {interface.up ? "up" : "down"};
  if (interface.kind) words.push_back(*interface.kind);
  words.insert(words.end(), interface.addresses.begin(), interface.addresses.end());
  if (interface.peer) words.push_back("leads to " + peer_words(*interface.peer, lookup));
  if (interface.master)
    if (const Interface* bridge = lookup.interface(*interface.master))
      words.push_back("a port of " + bridge->name);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string listener_words(const Listener& listener, const query::Lookup& lookup) {
  std::string words = fmt::format("{} {}:{}", listener.protocol, listener.address, listener.port);
  if (listener.process) words += ", process " + lookup.process_name(*listener.process);
  if (listener.container) words += ", of " + container_words(*listener.container, lookup);
  return words;
}

} // namespace

void add_network(Section& section, const objects::Network& network, const query::Lookup& lookup) {
  for (const Interface& interface : network.interfaces)
    section.add(interface.name, interface_words(interface, lookup));
  for (const objects::Route& route : network.routes)
    if (route.destination == "default")
      section.add("default route", fmt::format("{} over {}", route.gateway.value_or("directly"),
                                               route.interface.value_or("unknown")));
  for (const Listener& listener : network.listeners)
    section.add("listens", listener_words(listener, lookup));
  if (network.nftables_rules && network.iptables_rules)
    section.add("rules", fmt::format("{} of nftables, {} of iptables", *network.nftables_rules,
                                     *network.iptables_rules));
}

} // namespace vitrine::pages
