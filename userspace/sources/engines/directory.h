// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::engines {

/// What is larger is no state of an engine.
constexpr std::size_t kFileLimit = std::size_t{4} << 20;

/// `text` names one container, layer or machine and is no path: letters, digits and "_", after the
/// first also "." "+" "-"; at most 255.
[[nodiscard]] bool is_plain_name(std::string_view text);

/// An id as most engines make it up: 64 hexadecimal digits.
[[nodiscard]] bool is_whole_id(std::string_view text);

/// As many of its first digits as engines show.
constexpr std::size_t kShortIdLength = 12;

/// A directory that an engine fills, or somebody who wants to be taken for one: nothing below it
/// leads out of it, waits, or is without end.
class Directory {
public:
  /// `path` below the directory descriptor `root`; symbolic links on the way end at `root`.
  static Result<Directory> open(int root, const std::string& path);

  /// As it was opened: below the root.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// The regular file `name`, which may have slashes. Anything else, and more than `limit` bytes,
  /// is an Error.
  Result<std::string> read(const std::string& name, std::size_t limit = kFileLimit) const;

  /// The first line of a small file, without its end; empty when there is none.
  [[nodiscard]] std::string first_line(const std::string& name) const;

  /// Where the symbolic link `name` says that it leads; empty when it is none.
  [[nodiscard]] std::string link(const std::string& name) const;

  /// The plain names in the subdirectory `name`, sorted.
  [[nodiscard]] std::vector<std::string> names(const std::string& name = ".") const;

  /// Those of them to look at for `word`: itself when it is among them; else any may be meant, but
  /// not by a whole id.
  [[nodiscard]] std::vector<std::string> names_for(const std::string& word,
                                                   const std::string& name = ".") const;

private:
  Directory(std::string path, UniqueFd descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  std::string path_;
  UniqueFd descriptor_;
};

} // namespace vitrine::engines
