// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/child_channel.h"

#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

/// sendmsg(2), with `descriptor` if it isn't -1.
ssize_t send_message(int socket, const ChildMessage& message, int descriptor) noexcept {
  iovec data{const_cast<ChildMessage*>(&message), sizeof message};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL);
}

int received_descriptor(msghdr& header) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(part), sizeof descriptor);
    return descriptor;
  }
  return -1;
}

} // namespace

const char* step_words(Step step) {
  switch (step) {
#define STEP(name, words)                                                                          \
  case Step::name:                                                                                 \
    return words;
#include "runtime/oci/step.inc"
#undef STEP
  }
  return "take an unknown step";
}

Result<ChildChannel> make_child_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return os_error(errno, "socketpair");
  return ChildChannel{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<void> send_go(int parent_end) {
  // The child may be gone already; how it went is told by its own message.
  if (::send(parent_end, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
    return os_error(errno, "send to the container's first process");
  return {};
}

Result<std::optional<ChildMessage>> receive_message(int parent_end, UniqueFd& descriptor) {
  ChildMessage message;
  iovec data{&message, sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t size = 0;
  do
    size = ::recvmsg(parent_end, &header, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size == 0 || (size < 0 && errno == ECONNRESET)) return std::optional<ChildMessage>();
  if (size < 0) return os_error(errno, "receive from the container's first process");
  if (size != sizeof message)
    return failure("the container's first process sent {} bytes, not {}", size, sizeof message);
  if (const int received = received_descriptor(header); received >= 0) descriptor.reset(received);
  message.call[sizeof message.call - 1] = '\0';
  return std::optional<ChildMessage>(message);
}

bool wait_for_go(int child_end) noexcept {
  char byte = 0;
  ssize_t size = 0;
  do
    size = ::recv(child_end, &byte, 1, 0);
  while (size < 0 && errno == EINTR);
  return size == 1;
}

void send_ready(int child_end) noexcept {
  (void)send_message(child_end, {}, -1);
}

void send_failure(int child_end, Step step, const Outcome& outcome) noexcept {
  ChildMessage message;
  message.kind = ChildMessage::Kind::Failed;
  message.step = step;
  message.error = outcome.error;
  message.item = outcome.item;
  std::strncpy(message.call, outcome.call, sizeof message.call - 1);
  (void)send_message(child_end, message, -1);
}

Outcome send_terminal(int child_end, int terminal) noexcept {
  ChildMessage message;
  message.kind = ChildMessage::Kind::Terminal;
  return send_message(child_end, message, terminal) < 0 ? refused("sendmsg") : Outcome{};
}

} // namespace vitrine::oci
