// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/column.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace re2 {
class RE2;
}

namespace vitrine::query {

struct Node;

/// A word that some shown column contains.
struct Word {
  std::string lower_case;
};

enum class Operator : std::uint8_t { equal, unequal, less, at_most, more, at_least, fits };

struct Comparison {
  const Column* column = nullptr;
  Operator how = Operator::equal;
  Value value;                                ///< null: of "column=null"
  std::shared_ptr<const re2::RE2> expression; ///< of Operator::fits
};

enum class Junction : std::uint8_t { all, any, none };

/// Nodes that are true together.
struct Group {
  Junction junction = Junction::all;
  std::vector<Node> nodes;
};

/// A filter as it was understood.
struct Node {
  std::variant<Word, Comparison, Group> what;
};

} // namespace vitrine::query
