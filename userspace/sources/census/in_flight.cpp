// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/in_flight.h"

#include <cstring>
#include <optional>

#include <sys/socket.h>

namespace vitrine::census {
namespace {

constexpr std::size_t kMostFiles = 253;      // SCM_MAX_FD, unix(7)
constexpr std::size_t kOtherMessages = 1024; // credentials, security labels, pidfds
constexpr int kPidFd = 4;                    // SCM_PIDFD, Linux 6.5: older headers lack it

std::optional<int> option_of(int socket, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, SOL_SOCKET, option, &value, &size) != 0) return std::nullopt;
  return value;
}

} // namespace

std::vector<UniqueFd> peek_files(int socket) {
  std::vector<UniqueFd> files;
  if (option_of(socket, SO_DOMAIN) != AF_UNIX || option_of(socket, SO_PEEK_OFF).value_or(-1) >= 0)
    return files;
  alignas(cmsghdr) char control[CMSG_SPACE(kMostFiles * sizeof(int)) + kOtherMessages];
  char byte = 0;
  iovec data = {.iov_base = &byte, .iov_len = sizeof byte};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return files;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type != SCM_RIGHTS && part->cmsg_type != kPidFd) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      files.emplace_back(fd);
    }
  }
  return files;
}

} // namespace vitrine::census
