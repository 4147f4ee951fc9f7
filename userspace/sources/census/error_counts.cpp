// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/error_counts.h"

#include <cerrno>

namespace vitrine::census {

void ErrorCounts::add(std::string_view source, int code) {
  if (code == ENOENT || code == ESRCH || code == EBADF) return;
  add(source, errno_name(code));
}

void ErrorCounts::add(std::string_view source, std::string error) {
  ++counts_[{std::string(source), std::move(error)}];
}

std::vector<objects::SourceError> ErrorCounts::list() const {
  std::vector<objects::SourceError> all;
  for (const auto& [what, count] : counts_)
    all.push_back({.source = what.first, .error = what.second, .count = count});
  return all;
}

} // namespace vitrine::census
