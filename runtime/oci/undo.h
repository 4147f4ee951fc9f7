// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

namespace vitrine::oci {

/// What has been made and must be unmade. The steps run last to first when it goes out of scope, or
/// when asked; each reports its own trouble and must not throw.
class Undo {
public:
  Undo() = default;
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  Undo(Undo&&) = delete;
  Undo& operator=(Undo&&) = delete;
  ~Undo() { run(); }

  void push(std::function<void()> step) { steps_.push_back(std::move(step)); }

  void run() noexcept {
    while (!steps_.empty()) {
      const auto step = std::move(steps_.back());
      steps_.pop_back();
      step();
    }
  }

private:
  std::vector<std::function<void()>> steps_;
};

} // namespace vitrine::oci
