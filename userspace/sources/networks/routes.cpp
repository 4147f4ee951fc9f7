// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/routes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

namespace vitrine::networks {
namespace {

constexpr std::size_t kRequest = 256;

std::optional<std::string> address_of(const nlattr& attribute, int family) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const std::size_t length = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  if (::mnl_attr_get_payload_len(&attribute) < length) return std::nullopt;
  if (!::inet_ntop(family, ::mnl_attr_get_payload(&attribute), text.data(), text.size()))
    return std::nullopt;
  return text.data();
}

std::uint32_t number_of(const nlattr& attribute) {
  return ::mnl_attr_get_payload_len(&attribute) >= sizeof(std::uint32_t)
             ? ::mnl_attr_get_u32(&attribute)
             : 0;
}

std::optional<std::string> name_of(const std::vector<Link>& links, std::uint32_t index) {
  const auto link =
      std::ranges::find(links, index, [](const Link& one) { return one.interface.id.index; });
  return link == links.end() ? std::nullopt : std::optional(link->interface.name);
}

objects::Route route_of(const nlmsghdr& message, const std::vector<Link>& links) {
  const auto* header = static_cast<const rtmsg*>(::mnl_nlmsg_get_payload(&message));
  const int family = header->rtm_family;
  objects::Route route;
  route.destination = "default";
  route.table = header->rtm_table;
  each_attribute(message, sizeof *header, [&](const nlattr& attribute) {
    switch (::mnl_attr_get_type(&attribute)) {
    case RTA_DST:
      if (const auto address = address_of(attribute, family))
        route.destination = fmt::format("{}/{}", *address, header->rtm_dst_len);
      break;
    case RTA_GATEWAY:
      route.gateway = address_of(attribute, family);
      break;
    case RTA_PREFSRC:
      route.source = address_of(attribute, family);
      break;
    case RTA_OIF:
      route.interface = name_of(links, number_of(attribute));
      break;
    case RTA_TABLE:
      route.table = number_of(attribute);
      break;
    case RTA_PRIORITY:
      route.metric = number_of(attribute);
      break;
    default:
      break;
    }
  });
  return route;
}

} // namespace

Result<std::vector<objects::Route>> read_routes(Netlink& netlink, const std::vector<Link>& links) {
  std::vector<objects::Route> routes;
  std::array<std::byte, kRequest> buffer = {};
  nlmsghdr* request = ::mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETROUTE;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  ::mnl_nlmsg_put_extra_header(request, sizeof(rtmsg));
  auto asked = netlink.ask(request, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWROUTE) return;
    const auto* header = static_cast<const rtmsg*>(::mnl_nlmsg_get_payload(&message));
    const bool cached = (header->rtm_flags & RTM_F_CLONED) != 0;
    const bool known = header->rtm_family == AF_INET || header->rtm_family == AF_INET6;
    if (cached || !known || header->rtm_type != RTN_UNICAST) return;
    objects::Route route = route_of(message, links);
    if (route.table != RT_TABLE_LOCAL) routes.push_back(std::move(route));
  });
  if (!asked) return tl::unexpected(asked.error());
  return routes;
}

} // namespace vitrine::networks
