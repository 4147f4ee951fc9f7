// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/snapshot.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine::census {

/// Counts what could not be seen. A process, file or namespace that vanished is no error.
class ErrorCounts {
public:
  /// `source` is where: "/proc/PID/fd".
  void add(std::string_view source, int code);
  void add(std::string_view source, std::string error);

  /// In the order of sources and errors.
  [[nodiscard]] std::vector<objects::SourceError> list() const;

private:
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
};

} // namespace vitrine::census
