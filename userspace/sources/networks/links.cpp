// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/links.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace vitrine::networks {
namespace {

constexpr std::size_t kRequest = 256;

std::string text_of(const nlattr& attribute) {
  const auto* text = static_cast<const char*>(::mnl_attr_get_payload(&attribute));
  return {text, ::strnlen(text, ::mnl_attr_get_payload_len(&attribute))};
}

template<class Number>
Number number_of(const nlattr& attribute) {
  Number number = 0;
  std::memcpy(&number, ::mnl_attr_get_payload(&attribute),
              std::min<std::size_t>(sizeof number, ::mnl_attr_get_payload_len(&attribute)));
  return number;
}

std::string hardware_address(const nlattr& attribute) {
  const auto* bytes = static_cast<const unsigned char*>(::mnl_attr_get_payload(&attribute));
  std::string text;
  for (std::size_t i = 0; i < ::mnl_attr_get_payload_len(&attribute); ++i)
    text += fmt::format("{}{:02x}", i == 0 ? "" : ":", bytes[i]);
  return text;
}

void take_link_info(const nlattr& info, Link& link) {
  each_nested(info, [&](const nlattr& attribute) {
    if (::mnl_attr_get_type(&attribute) == IFLA_INFO_KIND) link.interface.kind = text_of(attribute);
  });
}

void take_statistics(const nlattr& attribute, objects::Interface& interface) {
  rtnl_link_stats64 statistics = {};
  std::memcpy(&statistics, ::mnl_attr_get_payload(&attribute),
              std::min<std::size_t>(sizeof statistics, ::mnl_attr_get_payload_len(&attribute)));
  interface.received_bytes = statistics.rx_bytes;
  interface.sent_bytes = statistics.tx_bytes;
}

Link link_of(const nlmsghdr& message, std::uint32_t network_namespace) {
  Link link;
  const auto* header = static_cast<const ifinfomsg*>(::mnl_nlmsg_get_payload(&message));
  link.interface.id = {network_namespace, static_cast<std::uint32_t>(header->ifi_index)};
  link.interface.up = (header->ifi_flags & IFF_UP) != 0;
  each_attribute(message, sizeof *header, [&](const nlattr& attribute) {
    switch (::mnl_attr_get_type(&attribute)) {
    case IFLA_IFNAME:
      link.interface.name = text_of(attribute);
      break;
    case IFLA_MTU:
      link.interface.mtu = number_of<std::uint32_t>(attribute);
      break;
    case IFLA_ADDRESS:
      link.interface.hardware_address = hardware_address(attribute);
      break;
    case IFLA_MASTER:
      link.interface.master =
          objects::InterfaceId{network_namespace, number_of<std::uint32_t>(attribute)};
      break;
    case IFLA_LINK:
      link.peer_index = number_of<std::uint32_t>(attribute);
      break;
    case IFLA_LINK_NETNSID:
      link.peer_namespace = number_of<std::int32_t>(attribute);
      break;
    case IFLA_LINKINFO:
      take_link_info(attribute, link);
      break;
    case IFLA_STATS64:
      take_statistics(attribute, link.interface);
      break;
    default:
      break;
    }
  });
  return link;
}

void take_address(const nlmsghdr& message, std::vector<Link>& links) {
  const auto* header = static_cast<const ifaddrmsg*>(::mnl_nlmsg_get_payload(&message));
  const auto link = std::ranges::find(links, header->ifa_index,
                                      [](const Link& one) { return one.interface.id.index; });
  if (link == links.end()) return;
  const nlattr* address = nullptr;
  each_attribute(message, sizeof *header, [&](const nlattr& attribute) {
    const auto type = ::mnl_attr_get_type(&attribute);
    // Of a point-to-point interface IFA_ADDRESS is the other side's.
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && address == nullptr)) address = &attribute;
  });
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const std::size_t length = header->ifa_family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  if (address == nullptr || ::mnl_attr_get_payload_len(address) < length) return;
  if (::inet_ntop(header->ifa_family, ::mnl_attr_get_payload(address), text.data(), text.size()))
    link->interface.addresses.push_back(fmt::format("{}/{}", text.data(), header->ifa_prefixlen));
}

/// A request of RTM_GET* for everything; `Header` is what follows the netlink header.
template<class Header>
nlmsghdr* dump_request(std::array<std::byte, kRequest>& buffer, std::uint16_t type) {
  nlmsghdr* request = ::mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ::mnl_nlmsg_put_extra_header(request, sizeof(Header));
  return request;
}

} // namespace

Result<std::vector<Link>> read_links(Netlink& netlink, std::uint32_t network_namespace) {
  std::vector<Link> links;
  std::array<std::byte, kRequest> buffer = {};
  auto asked = netlink.ask(dump_request<ifinfomsg>(buffer, RTM_GETLINK), [&](const nlmsghdr& one) {
    if (one.nlmsg_type == RTM_NEWLINK) links.push_back(link_of(one, network_namespace));
  });
  if (!asked) return tl::unexpected(asked.error());
  asked = netlink.ask(dump_request<ifaddrmsg>(buffer, RTM_GETADDR), [&](const nlmsghdr& one) {
    if (one.nlmsg_type == RTM_NEWADDR) take_address(one, links);
  });
  if (!asked) return tl::unexpected(asked.error());
  std::ranges::sort(links, {}, [](const Link& link) { return link.interface.id; });
  return links;
}

} // namespace vitrine::networks
