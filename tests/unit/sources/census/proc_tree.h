// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace vitrine::census {

/// A directory with files as /proc has them, removed with this object.
class ProcTree {
public:
  ProcTree();
  ProcTree(const ProcTree&) = delete;
  ProcTree& operator=(const ProcTree&) = delete;
  ProcTree(ProcTree&&) = delete;
  ProcTree& operator=(ProcTree&&) = delete;
  ~ProcTree();

  /// A process with every file a census reads; also a thread, as "PID/task/TID".
  void add_task(const std::string& path, std::uint32_t number, std::string_view comm,
                char state = 'S', std::uint32_t flags = 0) const;
  void write(const std::string& path, std::string_view text) const;
  void link(const std::string& path, const std::string& target) const;
  void remove(const std::string& path) const;

  [[nodiscard]] std::string path() const { return root_; }

private:
  std::filesystem::path root_;
};

/// 100 times the number, in 1/100 s.
[[nodiscard]] constexpr std::uint64_t start_of(std::uint32_t number) {
  return std::uint64_t{100} * number;
}

/// The text of a stat file.
[[nodiscard]] std::string stat_text(std::uint32_t number, std::string_view comm, char state,
                                    std::uint32_t flags = 0);

} // namespace vitrine::census
