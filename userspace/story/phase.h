// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrine::story {

enum class Phase : std::uint8_t {
#define PHASE(id, name, doc) id,
#include "userspace/story/phase.inc"
#undef PHASE
};

/// "root filesystem"
[[nodiscard]] std::string_view phase_name(Phase phase);

/// What a phase rule may ask about the caller and the container it belongs to.
struct PhaseContext {
  Phase current = Phase::prepare;
  bool has_container = false;   ///< some process already got namespaces of its own
  bool inside = false;          ///< the caller is that process or comes from it
  bool pivoted = false;         ///< the container's root was changed
  bool may_become_init = false; ///< the caller's program would be the container's
};

/// The phase after `record`, which may well be the one before it. A phase is only left for one that
/// the record proves, so a runtime's probing of the kernel never moves the story.
[[nodiscard]] Phase phase_after(const events::Record& record, const PhaseContext& context);

} // namespace vitrine::story
