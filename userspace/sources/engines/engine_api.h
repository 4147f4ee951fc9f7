// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/sources/engines/note.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace vitrine::engines {

/// Asks engines about containers over their unix sockets, all at once, each for 300 ms at most:
/// those that speak the Docker API, and containerd.
/// For one thread, but for wake().
class EngineApi {
public:
  enum class Outcome {
    told,
    unknown, ///< there is no such container
    silent,  ///< nobody is there, or no answer came in time
    lied,    ///< the answer is none, or about another container, or without end
  };
  struct Question {
    std::string key; ///< the asker's own
    std::string socket;
    std::string container;        ///< its id or name
    std::string containerd_space; ///< containerd's namespace; empty: the Docker API is asked
  };
  struct Answer {
    std::string key; ///< that the question had
    std::string socket;
    Outcome outcome = Outcome::silent;
    /// What was told about the container, its pid unverified; or why nothing.
    Result<ContainerNote> note;
  };

  /// Paths of sockets are below `root`, the host's root directory.
  static Result<EngineApi> open(const std::string& root);
  EngineApi(const EngineApi&) = delete;
  EngineApi& operator=(const EngineApi&) = delete;
  EngineApi(EngineApi&&) noexcept;
  EngineApi& operator=(EngineApi&&) noexcept;
  ~EngineApi();

  /// Begins to ask. False, and nothing is asked, when too many questions are open or this socket
  /// has just failed to answer in time.
  bool ask(const Question& question);

  /// Lets the questions go on until there is an answer, wake() was called, or the time is up.
  [[nodiscard]] std::vector<Answer> run(std::chrono::milliseconds limit);

  /// No question is open.
  [[nodiscard]] bool is_idle() const;

  /// Ends a run(); from any thread.
  void wake();

private:
  class Transfers;
  explicit EngineApi(std::unique_ptr<Transfers> transfers);

  std::unique_ptr<Transfers> transfers_;
};

} // namespace vitrine::engines
