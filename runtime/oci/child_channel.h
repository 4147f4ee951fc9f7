// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/outcome.h"
#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"

#include <cstdint>
#include <optional>

namespace vitrine::oci {

enum class Step : std::uint32_t {
#define STEP(name, words) name,
#include "runtime/oci/step.inc"
#undef STEP
};

/// The words of step.inc.
[[nodiscard]] const char* step_words(Step step);

/// What the child says about itself: it will execute the command now, this is its terminal's other
/// end, or this step failed.
struct ChildMessage {
  enum class Kind : std::uint32_t { Terminal, Ready, Failed };
  Kind kind = Kind::Ready;
  Step step{};
  std::int32_t error = 0;
  std::uint32_t item = 0;
  char call[24] = {};
};

/// The two ends of the socket between the runtime and the container's first process. Both are
/// CLOEXEC: the parent sees the end of the stream when the command runs, or when the child is gone.
struct ChildChannel {
  UniqueFd parent;
  UniqueFd child;
};
Result<ChildChannel> make_child_channel();

/// Parent: lets the child go on.
Result<void> send_go(int parent_end);

/// Parent: the next message; nothing at the end of the stream. `descriptor` receives the terminal.
Result<std::optional<ChildMessage>> receive_message(int parent_end, UniqueFd& descriptor);

/// Child: waits for send_go. False: the parent is gone.
[[nodiscard]] bool wait_for_go(int child_end) noexcept;
void send_ready(int child_end) noexcept;
void send_failure(int child_end, Step step, const Outcome& outcome) noexcept;
[[nodiscard]] Outcome send_terminal(int child_end, int terminal) noexcept;

} // namespace vitrine::oci
