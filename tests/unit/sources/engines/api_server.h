// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vitrine::engines {

/// An engine's daemon at a unix socket, good or bad.
class ApiServer {
public:
  /// What it does with a connection on which the request for `path` came. It may keep it: until the
  /// server ends it stays open.
  using Answer = std::function<void(int connection, const std::string& path)>;

  ApiServer(const std::string& socket, Answer answer);
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  ApiServer(ApiServer&&) = delete;
  ApiServer& operator=(ApiServer&&) = delete;
  ~ApiServer();

  /// Connections so far.
  [[nodiscard]] int asked() const { return asked_; }

private:
  void serve();

  Answer answer_;
  UniqueFd listening_;
  UniqueFd stop_; ///< eventfd(2)
  std::atomic<int> asked_ = 0;
  std::vector<UniqueFd> kept_;
  std::thread thread_;
};

/// Sends `text` as far as the other side takes it.
void send_all(int connection, std::string_view text);

/// A whole response of dockerd's.
[[nodiscard]] std::string http(std::string_view body, int status = 200);

/// Docker's answer about a container.
[[nodiscard]] std::string inspect_json(const std::string& id, const std::string& name,
                                       const std::string& image);

} // namespace vitrine::engines
