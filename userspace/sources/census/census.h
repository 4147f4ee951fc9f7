// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/namespace_facts.h"
#include "userspace/objects/process.h"
#include "userspace/objects/snapshot.h"

#include <memory>
#include <string>
#include <vector>

/// Who lives on a host, and in which namespaces: processes, threads, files that keep namespaces
/// alive, and what the kernel says about the namespaces.
namespace vitrine::census {

/// Where to look.
enum class IteratorUse {
  automatic, ///< BPF iterators for whatever they can tell here, /proc for the rest
  never,     ///< /proc alone
  required,  ///< opening fails where the kernel or the privileges do not allow them
};

struct Options {
  std::string proc = "/proc"; ///< another directory is read as it is, without iterators
  IteratorUse iterators = IteratorUse::automatic;
};

/// What is wanted beyond the processes themselves, with their namespaces, cgroups and root.
struct Wanted {
  bool threads = false;
  bool files = false;      ///< Process::namespace_files
  bool namespaces = false; ///< Observations::namespaces
  bool commands = false;   ///< executables and arguments
  bool security = false;   ///< credentials, capabilities, seccomp, no_new_privs, LSM label
};

/// In the order of identities. What was not wanted, and what cannot be known, has no value. How
/// often something was refused is in `errors`; what vanished meanwhile is left out.
struct Observations {
  std::vector<objects::Process> processes;
  /// Every namespace that anything here speaks of; of Linux 6.18 on every one that the kernel has,
  /// where iterators are allowed.
  std::vector<objects::NamespaceFacts> namespaces;
  std::vector<std::string> sources; ///< "iter/task", "/proc", …
  std::vector<objects::SourceError> errors;
};

class Census {
public:
  /// Loads the BPF iterators, for all censuses to come.
  static Result<Census> open(const Options& options);
  Census(Census&&) noexcept;
  Census& operator=(Census&&) noexcept;
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;
  ~Census();

  Result<Observations> take(const Wanted& wanted);

private:
  struct Handle;
  explicit Census(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

} // namespace vitrine::census
