// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/output/text_style.h"
#include "userspace/query/lookup.h"

#include <string>
#include <vector>

namespace vitrine::pages {

/// Something that a container can get at outside of itself, in a sentence; not escaped.
struct Reach {
  output::Ink
      ink; ///< bad: as good as being on the host; warning: a way that is open; plain: so it is
  std::string sentence;
};

/// What facts of the snapshot say that a container can reach, the worst first. What a fact is
/// missing for is said, too.
[[nodiscard]] std::vector<Reach> reach_of(const objects::Container& container,
                                          const query::Lookup& lookup);

} // namespace vitrine::pages
