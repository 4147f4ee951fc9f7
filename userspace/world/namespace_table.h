// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/namespace.h"

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vitrine::world {

/// Namespaces in the order in which they were first spoken of.
class NamespaceTable {
public:
  /// The namespace's row, made when there is none. Another new row may move it.
  [[nodiscard]] objects::Namespace& row(const objects::NamespaceId& id) {
    const std::uint64_t key = std::uint64_t{static_cast<std::uint8_t>(id.kind)} << 32 | id.inode;
    const auto [place, added] = index_.try_emplace(key, rows_.size());
    if (added) rows_.emplace_back().id = id;
    return rows_[place->second];
  }

  [[nodiscard]] std::vector<objects::Namespace>& rows() { return rows_; }
  [[nodiscard]] std::vector<objects::Namespace> take() && { return std::move(rows_); }

private:
  std::unordered_map<std::uint64_t, std::size_t> index_;
  std::vector<objects::Namespace> rows_;
};

} // namespace vitrine::world
