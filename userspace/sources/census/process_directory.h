// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/objects/process.h"
#include "userspace/sources/census/proc_text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrine::census {

/// /proc/PID, or /proc/PID/task/TID. What is read through its descriptor is that one task's: when
/// it has been reaped, everything fails with ESRCH or ENOENT, whoever has its number then.
class ProcessDirectory {
public:
  /// `path` from `directory`, a borrowed descriptor: "42", "task/43".
  static Result<ProcessDirectory> open(int directory, const std::string& path);
  /// The directory of exactly that process. Without value: it has gone.
  static std::optional<ProcessDirectory> open(int proc, const objects::ProcessId& id);

  /// At most 16 MiB. Errors have their errno, and no words: there are many, and none is shown.
  [[nodiscard]] Result<std::string> read(const std::string& name) const;
  [[nodiscard]] Result<std::string> read_link(const std::string& name) const;
  [[nodiscard]] Result<UniqueFd> open_file(const std::string& name, int flags) const;
  /// Without value: the task has gone.
  [[nodiscard]] std::optional<Stat> stat() const;
  /// Names of a directory's entries that are numbers, ascending: "task", "fd".
  [[nodiscard]] Result<std::vector<std::uint32_t>> numbers(const std::string& name) const;

  [[nodiscard]] int fd() const { return directory_.get(); }

private:
  explicit ProcessDirectory(UniqueFd directory) : directory_(std::move(directory)) {}
  UniqueFd directory_;
};

/// The names in directory `path` of `directory` that are numbers, ascending.
Result<std::vector<std::uint32_t>> number_names(int directory, const std::string& path);

} // namespace vitrine::census
