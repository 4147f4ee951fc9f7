// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/rules.h"

#include <array>
#include <cerrno>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

namespace vitrine::networks {

Result<std::uint64_t> count_nftables_rules(Netlink& netlink) {
  std::array<std::byte, 256> buffer = {};
  nlmsghdr* request = ::mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  auto* header = static_cast<nfgenmsg*>(::mnl_nlmsg_put_extra_header(request, sizeof(nfgenmsg)));
  header->nfgen_family = AF_UNSPEC;
  header->version = NFNETLINK_V0;
  std::uint64_t rules = 0;
  constexpr std::uint16_t kRule = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWRULE;
  auto asked =
      netlink.ask(request, [&](const nlmsghdr& message) { rules += message.nlmsg_type == kRule; });
  if (!asked && asked.error().code != EINVAL) return tl::unexpected(asked.error());
  return rules;
}

} // namespace vitrine::networks
