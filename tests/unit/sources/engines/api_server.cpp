// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sources/engines/api_server.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vitrine::engines {

ApiServer::ApiServer(const std::string& socket, Answer answer)
    : answer_(std::move(answer)),
      listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  std::filesystem::create_directories(std::filesystem::path(socket).parent_path());
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_.get(), 16) != 0)
    throw std::runtime_error("bind " + socket);
  thread_ = std::thread([this] { serve(); });
}

ApiServer::~ApiServer() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void ApiServer::serve() {
  for (;;) {
    std::array<pollfd, 2> wait = {{{listening_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[1].revents != 0) return;
    UniqueFd connection(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) continue;
    ++asked_;
    std::string request;
    std::array<char, 4096> block;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::read(connection.get(), block.data(), block.size());
      if (count <= 0) break;
      request.append(block.data(), static_cast<std::size_t>(count));
    }
    const auto path = request.find(' ') + 1;
    answer_(connection.get(), request.substr(path, request.find(' ', path) - path));
    kept_.push_back(std::move(connection));
  }
}

void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string http(std::string_view body, int status) {
  return fmt::format("HTTP/1.1 {} X\r\nServer: Docker/20.10.24 (linux)\r\n"
                     "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                     status, body.size(), body);
}

std::string inspect_json(const std::string& id, const std::string& name, const std::string& image) {
  return fmt::format(R"({{"Id": "{}", "Name": "/{}", "State": {{"Pid": 4242}},
    "Config": {{"Image": "{}"}}, "NetworkSettings": {{"SandboxKey": "/run/docker/netns/12"}},
    "GraphDriver": {{"Data": {{"UpperDir": "/srv/data/overlay2/0b/diff"}}}}}})",
                     id, name, image);
}

} // namespace vitrine::engines
