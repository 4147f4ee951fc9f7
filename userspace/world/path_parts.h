// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace vitrine::world {

/// The parts of a path between its slashes, one after the other. Allocates nothing.
class PathParts {
public:
  explicit PathParts(std::string_view path) : path_(path) {}

  std::optional<std::string_view> next() {
    const std::size_t begin = path_.find_first_not_of('/', end_);
    if (begin == std::string_view::npos) return std::nullopt;
    end_ = std::min(path_.find('/', begin), path_.size());
    return path_.substr(begin, end_ - begin);
  }
  /// The path up to and with the part that next() gave.
  [[nodiscard]] std::string_view so_far() const { return path_.substr(0, end_); }

private:
  std::string_view path_;
  std::size_t end_ = 0;
};

} // namespace vitrine::world
