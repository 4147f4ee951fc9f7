// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <cstring>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace vitrine::workload {
namespace {

int make_socket() {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(fd >= 0, "socket");
  return fd;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

ino_t inode_of(int fd) {
  struct stat status = {};
  must(::fstat(fd, &status) == 0, "fstat");
  return status.st_ino;
}

/// `listens`: this process does, there.
void connect_to(int fd, const std::string& path, bool listens) {
  const sockaddr_un address = address_of(path);
  const long value = call(SYS_connect, fd, &address, sizeof address);
  Json result = outcome(value);
  if (listens)
    result.update({{"socket", inode_of(fd)},
                   {"known_server", false},
                   {"peer_pid", outer_pid()},
                   {"peer_start_ns", start_of("self")},
                   {"peer_comm", "every_call"}});
  expect("network.connect", {{"fd", fd}, {"path", path}}, result);
}

/// To a socket whose listener has ended; that it listens on, others have it open.
void connect_to_the_dead(const std::string& path) {
  const int listener = make_socket();
  const sockaddr_un address = address_of(path);
  must(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, path);
  Child child = plain_child([&] { must(::listen(listener, 1) == 0, "listen"); });
  child.finish();
  const int fd = make_socket();
  const long value = call(SYS_connect, fd, &address, sizeof address);
  expect("network.connect", {{"fd", fd}, {"path", path}},
         with(outcome(value), {{"socket", inode_of(fd)},
                               {"known_server", false},
                               {"peer_pid", child.outer()},
                               {"peer_start_ns", nullptr}}));
  ::close(fd);
  ::close(listener);
  must(::unlink(path.c_str()) == 0, path);
}

/// `text` in a page that this process has never touched, so that only the kernel can read it.
std::string_view untouched(std::string_view text) {
  const int fd = ::memfd_create("text", MFD_CLOEXEC);
  must(fd >= 0, "memfd_create");
  must(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "write");
  void* page = ::mmap(nullptr, text.size(), PROT_READ, MAP_PRIVATE, fd, 0);
  must(page != MAP_FAILED, "mmap");
  ::close(fd);
  return {static_cast<const char*>(page), text.size()};
}

/// Of `text` the trace has `kept`. `client`: inode of the connecting side's socket.
void say(int fd, std::string_view type, std::string_view text, const std::string& kept,
         ino_t client) {
  const long value = call(SYS_write, fd, text.data(), text.size());
  expect(type, {{"fd", fd}, {"socket", client}, {"text", kept}}, outcome(value));
}

/// The same to someone who has gone. `client`: null when it cannot be known any more.
void say_in_vain(int fd, std::string_view type, const std::string& line, const Json& client) {
  const std::string text = line + "\r\n\r\n";
  const long value = call(SYS_sendto, fd, text.data(), text.size(), MSG_NOSIGNAL, nullptr, nullptr);
  expect(type, {{"fd", fd}, {"socket", client}, {"text", line}}, outcome(value));
}

} // namespace

void network_calls(const std::string& room) {
  const std::string path = room + "/socket";
  const int listener = make_socket();
  const sockaddr_un address = address_of(path);
  must(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, path);
  must(::listen(listener, 2) == 0, "listen");

  const int client = make_socket();
  connect_to(client, room + "/nobody", false);
  connect_to(client, path, true);
  const ino_t connection = inode_of(client);
  const int server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  must(server >= 0, "accept");
  say(client, "network.request", "POST /containers/create HTTP/1.1\r\nX-Secret: 1\r\n\r\n",
      "POST /containers/create HTTP/1.1", connection);
  say(server, "network.response", "HTTP/1.1 204 No Content\r\nX-Secret: 1\r\n\r\n",
      "HTTP/1.1 204 No Content", connection);
  const std::string created = "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"0d31\"}";
  say(server, "network.response", created, created, connection);
  say(client, "network.request", untouched("GET /_ping HTTP/1.1\r\nX-Secret: 1\r\n\r\n"),
      "GET /_ping HTTP/1.1", connection);
  say(server, "network.response", untouched(created), created, connection);
  must(::write(client, "no HTTP at all", 14) == 14, "write"); // no event
  must(::write(client, untouched("no HTTP at all").data(), 14) == 14, "write");

  const int other = make_socket();
  connect_to(other, path, true);
  const ino_t gone = inode_of(other);
  ::close(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  say_in_vain(other, "network.request", "GET /_ping HTTP/1.1", gone);
  ::close(other);
  ::close(client);
  say_in_vain(server, "network.response", "HTTP/1.1 200 OK", nullptr);
  ::close(server);
  ::close(listener);
  must(::unlink(path.c_str()) == 0, path);
  connect_to_the_dead(path);
}

} // namespace vitrine::workload
