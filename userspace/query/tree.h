// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/query/object_type.h"

#include <cstddef>
#include <vector>

namespace vitrine::query {

/// A row in its place in a tree.
struct Branch {
  std::size_t row = 0;
  /// For each level below the top, down to its own: whether something follows there further down.
  std::vector<bool> goes_on;
};

/// The rows with each below the nearest one above it that is among them, siblings in the order of
/// `rows`. Every row appears once, also of parents that lead round in a circle. What is deeper than
/// 64 levels is drawn at that depth.
[[nodiscard]] std::vector<Branch> tree(const ObjectType& type, const Lookup& lookup,
                                       const std::vector<std::size_t>& rows);

} // namespace vitrine::query
