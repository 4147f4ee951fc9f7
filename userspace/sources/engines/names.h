// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/container.h"

#include <memory>
#include <string>
#include <vector>

namespace vitrine::engines {

/// Finds out in the background who containers are, while they are being made: looks into the
/// engines' files, and asks the API of an engine when these do not tell name and image, or when a
/// client has just spoken to it. A hint that found nothing, or not all, is tried again for some six
/// seconds. Nothing here waits for an engine. All functions may be called from any thread.
class Names {
public:
  /// `root`: the host's root directory. The thread that it starts blocks every signal.
  static Result<Names> start(const std::string& root = "/");
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  Names(Names&&) noexcept;
  Names& operator=(Names&&) noexcept;
  /// Ends the thread, whatever it waits for.
  ~Names();

  /// Asks for what can be learnt of a hint with an id. The same one again within a second is not
  /// looked at; of more than a thousand open at once, the rest is dropped and an error note says
  /// so.
  void want(events::ContainerHint hint);

  /// What became known since the last call: for each container all that is known of it by now.
  [[nodiscard]] std::vector<events::ContainerNote> take();

  /// Borrowed; readable while take() has something to give.
  [[nodiscard]] int ready_fd() const;

private:
  class Worker;
  explicit Names(std::unique_ptr<Worker> worker);

  std::unique_ptr<Worker> worker_;
};

} // namespace vitrine::engines
