// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/steps/cgroup.h"
#include "userspace/base/error.h"
#include "userspace/base/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace vitrine::oci {

/// What is written down about a container, in state.json: the state of runtime-spec runtime.md and
/// what is needed to clean up after a runtime that was killed.
struct ContainerState {
  std::string id;
  std::string bundle;
  std::string status;              ///< "creating", "running"
  pid_t pid = 0;                   ///< 0: none yet
  std::uint64_t process_start = 0; ///< /proc/PID/stat, field 22: makes the pid an identity
  std::string created;             ///< RFC 3339
  std::vector<CgroupDirectory> cgroups;
};

/// One container's directory below the runtime's root. Locked while its runtime lives: an unlocked
/// one is a leftover.
class ContainerDirectory {
public:
  ContainerDirectory(int root, std::string root_path, std::string id, UniqueFd directory)
      : root_(root),
        root_path_(std::move(root_path)),
        id_(std::move(id)),
        directory_(std::move(directory)) {}

  [[nodiscard]] std::string path() const { return root_path_ + "/" + id_; }
  [[nodiscard]] int descriptor() const { return directory_.get(); }

  Result<void> write_file(const std::string& name, std::string_view text) const;
  Result<void> write_state(const ContainerState& state) const;
  Result<void> make_subdirectory(const char* name, uid_t owner, gid_t group) const;
  Result<void> remove() const;

private:
  int root_; ///< borrowed from the StateDirectory
  std::string root_path_;
  std::string id_;
  UniqueFd directory_;
};

/// The runtime's root: a directory for each container.
class StateDirectory {
public:
  /// Makes it when missing.
  static Result<StateDirectory> open(const std::string& path);

  /// Removes what killed runtimes have left behind: processes, cgroups, directories. What cannot be
  /// removed is said on stderr and left for the next time.
  void sweep() const;

  /// A new locked directory. The error says when the id is taken.
  Result<ContainerDirectory> create(const std::string& id) const;

private:
  StateDirectory(std::string path, UniqueFd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}
  [[nodiscard]] Result<UniqueFd> lock() const;
  void sweep_container(const std::string& id) const;

  std::string path_;
  UniqueFd directory_;
};

/// `id` is a name and no path: letters, digits, "_", "+", "-", "." (not first), at most 128.
[[nodiscard]] bool is_container_id(std::string_view id);

/// Field 22 of /proc/PID/stat, or nothing when there is no such process.
[[nodiscard]] std::optional<std::uint64_t> process_start_time(pid_t pid);

} // namespace vitrine::oci
